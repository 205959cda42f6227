import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stoppedBy } from '../src/error.ts';
import { expectRefused, kexeckit, kexeckitHere, testFolder } from './kexeckit.ts';

const folder = testFolder();

function file(path: string, contents: string | Uint8Array): string {
  const whole = join(folder, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, contents);
  return whole;
}

const LEAVE = `[   12.100000] systemd-shutdown[1]: Rebooting with kexec.
[   12.150000] kexec_core: Starting new kernel
[   12.200000] Bye!
`;
const BOOT = `[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]
[    0.900000] Run /init as init process
`;

test('a reboot by kexec has a table, and says where each figure comes from', async () => {
  const { code, out, err } = await kexeckit('timeline', file('good.log', LEAVE + BOOT));
  expect(out).toMatch(/boots +by +shutdown +relocation +checksum +startup +total/);
  expect(out).toMatch(/1 -> 2 +kexec +0\.100 +- +- +>= 0\.900 +>= 1\.000 s/);
  expect(out).toMatch(/shutdown +0\.100 s by the kernel's clock, from line 1, "systemd-shut.*" to line 3, "Bye!"/);
  expect(out).toMatch(/relocation, checksum +not known: the next kernel's clock begins anew/);
  expect(out).toMatch(/\+ boot 1, lines 1 to 3: the next kernel came up/);
  expect(err).toBe('');
  expect(code).toBe(0);
});

test('a reboot that stopped is told with exit code 1', async () => {
  const { code, out, err } = await kexeckitHere(['timeline', file('silent.log', BOOT + LEAVE)]);
  expect(out).toMatch(/x boot 1, lines 1 to 5: kexec was started, and then nothing more, in relocation/);
  expect(out).toMatch(/last sign of life: line 5, "Bye!" at 12\.200000 s/);
  expect(err).toContain('kexeckit: kexec was started, and then nothing more');
  expect(code).toBe(1);
});

test('as JSON: seconds, bounds, lines', async () => {
  const { code, out } = await kexeckitHere(['timeline', '--json', file('json.log', LEAVE + BOOT)]);
  expect(JSON.parse(out)).toMatchObject({
    kind: 'log',
    report: {
      lines: 5,
      boots: [{ number: 1, first: 1, last: 3 }, { number: 2 }],
      passages: [
        {
          came: 'kexec',
          phases: [
            { phase: 'shutdown', basis: 'measured', seconds: 0.1, bound: 'exact', clock: 'printk', lines: [1, 3] },
            { phase: 'relocation', basis: 'unknown', why: 'clock-restarts' },
            { phase: 'checksum', basis: 'unknown', why: 'clock-restarts' },
            { phase: 'startup', seconds: 0.9, bound: 'at-least' },
          ],
        },
      ],
      stops: [{ kind: 'handed-over' }, { kind: 'running' }],
    },
  });
  expect(code).toBe(0);
});

test('what a log says of a load has addresses', async () => {
  const text =
    'kexec_load: entry = 0x40d666b0 flags = 0xb70000\nsegment[0].mem = 0x40080000\nsegment[0].memsz = 0x1000\n';
  const json = await kexeckitHere(['timeline', '--json', file('load.log', text)]);
  expect(JSON.parse(json.out).report.loads[0]).toMatchObject({ entry: '0x40d666b0', segments: [{ memsz: '0x1000' }] });
  const plain = await kexeckitHere(['timeline', file('load.log', text)]);
  expect(plain.out).toMatch(/line 1: kexec-tools loaded 1 segment, 4\.0 KiB/);
  expect(plain.code).toBe(0);
});

describe('a log that says nothing has no answer: exit code 2', () => {
  test.each<[string, string | Uint8Array]>([
    ['an empty one', ''],
    ['other text', 'Dear all,\n'],
    ['bytes', Uint8Array.from({ length: 4096 }, (_, at) => (at * 37) % 256)],
    ['the bytes of an executable', Buffer.from('\x7fELF\x02\x01\x01\0\0\0')],
  ])('%s', async (name, contents) => {
    const { code, err } = await kexeckitHere(['timeline', file(`${name}.bin`, contents)]);
    expect(err).toBe('kexeckit: the log has no line of a kernel that this command knows\n');
    expect(code).toBe(2);
  });
});

test('nothing in a log acts on the terminal', async () => {
  const evil = `${BOOT}[    1.000000] Kernel panic - not syncing: \u001b]0;x\u0007\u202e\u009b31m gone\n`;
  const { out } = await kexeckit('timeline', file('evil.log', evil));
  expect(out).toMatch(/the kernel panicked/);
  expect(out).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(out).not.toContain('\u202e');
});

test('a log of 50 MB is read', async () => {
  const noise = `[    5.000000] eth0: link up, and what else a console has to say in a line of some eighty characters\n`;
  const log = file('huge.log', LEAVE + BOOT + noise.repeat(Math.ceil(50e6 / noise.length)));
  const { code, out } = await kexeckit('timeline', '--json', log);
  expect(JSON.parse(out).report).toMatchObject({ boots: [{}, {}], stops: [{}, { kind: 'running' }] });
  expect(code).toBe(0);
});

test('a log of more boots than there can be is read as far as that goes', async () => {
  const log = file('boots.log', 'Booting Linux on physical CPU 0x0\n'.repeat(300_000));
  const { code, out } = await kexeckit('timeline', log);
  expect(out).toMatch(/read up to line \d+: no log of reboots has so many/);
  expect(code).toBe(0);
});

test('a signal ends the reading of a long log', async () => {
  const log = file('long.log', (LEAVE + BOOT).repeat(20_000));
  const control = new AbortController();
  const running = kexeckitHere(['timeline', log], control.signal);
  setTimeout(() => control.abort(stoppedBy('SIGINT')), 1);
  expect(await running).toMatchObject({ code: 130, out: '' });
});

test('a pipe that nobody writes to is refused, and not waited for', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const { code, err } = await kexeckitHere(['timeline', pipe]);
  expect(err).toMatch(/the log \S+pipe is a pipe or a device; copy/);
  expect(code).toBe(2);
});

describe('what makes no sense is refused with exit code 2', () => {
  test.each([
    [['timeline'], /there is no log to read; give a file, or --last/],
    [['timeline', '/nowhere/log'], /cannot read the log \/nowhere\/log/],
    [['timeline', 'x', '--last'], /--last does not read a log; leave out/],
    [['timeline', 'x', '--mark', 'y'], /--mark has no meaning for a log; give it with --last/],
    [['timeline', 'x', '--root', '/'], /--root has no meaning for a log/],
    [['timeline', '--last', '--mark', '/nowhere/mark'], /cannot read --mark \/nowhere\/mark: it does not exist/],
    [['timeline', 'x', 'y'], /too many arguments/],
  ])('%j', async (args, message) => {
    await expectRefused(args, message);
  });
});

describe('--last', () => {
  const MARK =
    'kexeckit-mark 1 realtime=1790000000.000000 boottime=99.0 monotonic=99.0 boot=old strategy=mmu-on checks=yes';

  function host(name: string): string {
    file(`${name}/dev/kmsg`, '6,1,0,-;Booting Linux on physical CPU 0x0\n6,2,250000,-;Run /init as init process\n');
    file(`${name}/proc/stat`, 'btime 1790000001\n');
    file(`${name}/sys/class/rtc/rtc0/hctosys`, '1\n');
    file(`${name}/proc/sys/kernel/random/boot_id`, 'new\n');
    return join(folder, name);
  }

  const CHOSEN = 'sys/firmware/devicetree/base/chosen';

  test('a mark whose reboot firmware came after is told, and not believed', async () => {
    const root = host('reset');
    file('reset/var/lib/kexeckit/mark', MARK.replaceAll('=99.0 ', '=99.000000 '));
    file(`reset/${CHOSEN}/bootargs`, 'quiet');
    const { out } = await kexeckitHere(['timeline', '--last', '--root', root]);
    expect(out).toMatch(/mark: the reboot that it announces did not lead to this boot: firmware has started/);
    expect(out).toMatch(/-> 1 +through firmware +- +- +- +>= 0\.250/);
  });

  test('nor certain where nothing says what came before', async () => {
    const root = host('silent');
    file('silent/var/lib/kexeckit/mark', MARK.replaceAll('=99.0 ', '=99.000000 '));
    const { out } = await kexeckitHere(['timeline', '--last', '--root', root]);
    expect(out).toMatch(/mark: its times are used, as the clocks fit; nothing here says whether firmware/);
  });

  test('the time between a mark and this boot', async () => {
    const root = host('marked');
    file('marked/var/lib/kexeckit/mark', MARK.replaceAll('=99.0 ', '=99.000000 '));
    file(`marked/${CHOSEN}/linux,booted-from-kexec`, '');
    const { code, out } = await kexeckitHere(['timeline', '--last', '--root', root]);
    expect(out).toMatch(/the reboot that led to this boot, strategy mmu-on/);
    expect(out).toMatch(/-> 1 +kexec +<= 1\.000 +<= 1\.000 +- +>= 0\.250 +~ 1\.250 s/);
    expect(out).toMatch(
      /relocation +<= 1\.000 s \+- 1 s by wall clocks, from the mark to .*\n +with shutdown and checksum in it/,
    );
    expect(code).toBe(0);
  });

  test('no mark, and a log that is not to be read', async () => {
    const { code, out } = await kexeckitHere(['timeline', '--last', '--root', host('bare')]);
    expect(out).toMatch(/mark: there is none/);
    expect(out).toMatch(/not read: \/sys\/fs\/pstore: it has no log of the kernel before/);
    expect(out).toMatch(/-> 1 +unannounced +- +- +- +>= 0\.250/);
    expect(code).toBe(0);
  });

  test('nothing at all is no answer', async () => {
    mkdirSync(join(folder, 'empty'), { recursive: true });
    const { code, err } = await kexeckitHere(['timeline', '--last', '--root', join(folder, 'empty')]);
    expect(err).toMatch(/this host has no log that this process may read; try it as root/);
    expect(code).toBe(2);
  });
});
