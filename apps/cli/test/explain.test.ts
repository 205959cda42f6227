import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectRefused, kexeckit, kexeckitHere, kexeckitReading, testFolder } from './kexeckit.ts';
import { expectFits, onTerminal, WIDTHS, whyNoTerminal } from './terminal.ts';

const folder = testFolder();
const fixture = (name: string): string => join(import.meta.dirname, '../../../packages/ioport/fixtures/iomem', name);
const ALTRA = fixture('ampere_altra_ava_32g.txt');

function file(path: string, contents: string | Uint8Array): string {
  const whole = join(folder, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, contents);
  return whole;
}

const LIST = 'crashkernel=2G-4G:256M,4G-64G:320M,64G:576M';

describe('a line with a mistake', () => {
  test('has it marked, said and mended', async () => {
    const { code, out, err } = await kexeckit('explain', 'ro crashkernel=512MB quiet');
    expect(out).toMatchInlineSnapshot(`
      "kexeckit explain: the line that was given, as Linux 7.3 on arm64 reads it
        26 of 2047 bytes

        ro crashkernel=512MB quiet
                           ^ 1

        1  error: "B" follows the size
           Linux reserves nothing and prints "crashkernel: unrecognized char: B".
           Mended: take out "B".

      crashkernel=  reserves nothing on any machine

      not known: where it would land, and on a list which range holds: that takes the machine's memory map; give it with --iomem, or its RAM with --memory

      The line mended:

      ro crashkernel=512M quiet
      "
    `);
    expect(err).toBe('kexeckit: the line has a mistake\n');
    expect(code).toBe(1);
  });

  test('as JSON', async () => {
    const { out } = await kexeckitHere(['explain', 'ro crashkernel=512MB', '--memory', '8G', '--json']);
    expect(JSON.parse(out)).toMatchInlineSnapshot(`
      {
        "from": "the line that was given",
        "kernel": {
          "measured": true,
          "reason": "Linux 7.3 was measured",
          "rules": "7.3",
        },
        "lengthBytes": 20,
        "line": "ro crashkernel=512MB",
        "maxBytes": 2047,
        "mended": "ro crashkernel=512M",
        "mistakes": 1,
        "parameters": [
          {
            "findings": [
              {
                "code": "junk",
                "end": 20,
                "fix": [
                  {
                    "end": 20,
                    "start": 19,
                    "text": "",
                  },
                ],
                "fixed": "ro crashkernel=512M",
                "linux": "Linux reserves nothing and prints "crashkernel: unrecognized char: B".",
                "message": ""B" follows the size",
                "severity": "error",
                "start": 19,
                "text": "B",
              },
            ],
            "occurrences": [
              {
                "bytes": 536870912,
                "clauses": [],
                "end": 20,
                "form": "simple",
                "ignoredBecause": null,
                "start": 3,
                "suffix": null,
                "text": "crashkernel=512MB",
                "used": true,
              },
            ],
            "parameter": "crashkernel",
            "reserves": {
              "bytes": 0,
              "log": [
                "crashkernel: unrecognized char: B",
              ],
            },
            "standing": [],
            "summary": "reserves nothing: "B" follows the size",
          },
        ],
        "ram": {
          "bytes": 8589934592,
          "from": "as it was given",
        },
        "totals": {
          "findings": 1,
          "occurrences": 1,
          "parameters": 1,
          "reservedBytes": 0,
        },
        "unknown": [
          "where it would land: that takes the machine's memory map; give it with --iomem",
        ],
      }
    `);
  });

  test('the mended line has none', async () => {
    const { out } = await kexeckitHere(['explain', `ro ${LIST} quiet`]);
    const mended = out.trim().split('\n').at(-1) ?? '';
    expect(mended).toBe('ro crashkernel=2G-4G:256M,4G-64G:320M,64G-:576M quiet');
    expect((await kexeckitHere(['explain', mended])).code).toBe(0);
  });

  test('a marker stands below what it is about, on each line of a folded line', async () => {
    const line = `root=/dev/vda1 console=ttyAMA0,115200 earlycon net.ifnames=0 rootwait ${LIST} crashkernel=1G,high quiet`;
    const { out } = await kexeckitHere(['explain', line]);
    const lines = out.split('\n');
    const at = lines.findIndex((text) => text.includes('64G:576M'));
    expect(lines[at + 1]?.slice(lines[at]?.indexOf('64G:576M')).trimEnd()).toMatch(/^\^{8,}/);
  });

  test('what the kernel cuts off is marked as lost', async () => {
    const { code, out } = await kexeckitHere(['explain', 'a=1 crashkernel=256M quiet', '--max', '12']);
    expect(out).toContain('  a=1 crashkernel=256M quiet\n');
    expect(out).toMatch(/^ {14}\^{14} lost$/m);
    expect(out).toMatch(/of crashkernel=256M it sees\s+crashker; it does not see quiet/);
    expect(code).toBe(1);
  });

  test('bytes that are no text are shown, and positions stay right', async () => {
    const { out } = await kexeckitHere([
      'explain',
      '--file',
      file('bytes', Buffer.from('a=\xff\xe9 crashkernel=1Gx', 'latin1')),
    ]);
    expect(out).toContain('  a=\\xff\\xe9 crashkernel=1Gx\n                           ^ 1\n');
  });
});

describe('where a line is read from', () => {
  test('standard input', async () => {
    const { code, out } = await kexeckitReading(
      'quiet crashkernel=256M\n',
      'explain',
      '--file',
      '-',
      '--memory',
      '8G',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ from: 'standard input', line: 'quiet crashkernel=256M', mistakes: 0 });
  });

  test('a file, without its newline', async () => {
    const { out } = await kexeckitHere(['explain', '--file', file('line', 'ro\r\n'), '--json']);
    expect(JSON.parse(out)).toMatchObject({ line: 'ro', lengthBytes: 2 });
  });

  test('a file with the mark of an editor before it, which is no part of the line', async () => {
    const { out } = await kexeckitHere(['explain', '--file', file('marked', '\ufeffcrashkernel=256M\n'), '--json']);
    expect(JSON.parse(out)).toMatchObject({ line: 'crashkernel=256M', lengthBytes: 16 });
  });

  test("this host's, with its own kernel and map", async () => {
    file('host/proc/cmdline', 'ro crashkernel=256M,high\n');
    file('host/proc/sys/kernel/osrelease', '5.10.223\n');
    file('host/proc/iomem', '40000000-ffffffff : System RAM\n  40210000-415fffff : Kernel code\n');
    const { code, out } = await kexeckitHere(['explain', '--root', join(folder, 'host'), '--json']);
    expect(JSON.parse(out)).toMatchObject({
      kernel: { rules: '5.10' },
      ram: { bytes: 3 * 2 ** 30 },
      parameters: [{ parameter: 'crashkernel', reserves: { bytes: 0 }, findings: [{ code: 'suffix-unknown' }] }],
    });
    expect(code).toBe(1);
  });

  test('where the map hides its addresses, the line is explained all the same', async () => {
    file('hidden/proc/cmdline', 'crashkernel=256M\n');
    file('hidden/proc/iomem', '00000000-00000000 : System RAM\n');
    const { code, out } = await kexeckitHere(['explain', '--root', join(folder, 'hidden')]);
    expect(out).toMatch(/not known: .*unprivileged/s);
    expect(code).toBe(0);
  });
});

describe('on a machine', () => {
  test('the place is told, and why', async () => {
    const { code, out } = await kexeckitHere(['explain', 'crashkernel=256M', '--iomem', ALTRA, '--kernel', '6.12.117']);
    expect(code).toBe(0);
    const [, from, to] = /256 MiB starting from 0x([0-9a-f]+) to 0x([0-9a-f]+)/.exec(out) ?? [];
    expect([from, to].every((text) => text !== undefined && Number.parseInt(text, 16) < 2 ** 32)).toBe(true);
    expect(out).toMatch(/32513 MiB of RAM|31\.8 GiB of RAM/);
  });

  test('whose boot is logged, nothing has to be assumed', async () => {
    const boots = readFileSync(
      join(import.meta.dirname, '../../../packages/ioport/fixtures/linux-6.12-boots.jsonl'),
      'utf8',
    );
    const { iomem, dmesg }: { iomem: string; dmesg: string[] } = JSON.parse(boots.slice(0, boots.indexOf('\n')));
    const args = ['explain', 'crashkernel=64M', '--kernel', '6.12.0', '--json', '--iomem', file('booted', iomem)];
    const landing = async (...more: string[]) =>
      JSON.parse((await kexeckitHere([...args, ...more])).out).parameters[0].landing;
    expect((await landing()).assumed).toMatchObject([{ what: 'low-limit' }]);
    expect((await landing('--log', file('dmesg', dmesg.join('\n')))).assumed).toEqual([]);
  });

  test('mem= leaves it less: what that holds is told, and no place on a map of all of it', async () => {
    const line = ['explain', 'mem=2G crashkernel=1G-4G:160M,4G-:256M', '--json'];
    for (const machine of [
      ['--iomem', ALTRA],
      ['--memory', '32G'],
    ]) {
      const { ram, parameters, unknown } = JSON.parse((await kexeckitHere([...line, ...machine])).out);
      expect(ram).toMatchObject({ bytes: 2 * 2 ** 30, from: expect.stringContaining('mem=') });
      expect(parameters[0]).toMatchObject({ reserves: { bytes: 160 * 2 ** 20 } });
      expect(parameters[0]).not.toHaveProperty('landing');
      expect(unknown[0]).toMatch(/^where it would land: /);
    }
    const booted = file('booted-with-it', '40000000-bfffffff : System RAM\n  40210000-415fffff : Kernel code\n');
    const { ram, parameters } = JSON.parse((await kexeckitHere([...line, '--iomem', booted])).out);
    expect(ram.from).not.toContain('mem=');
    expect(parameters[0]).toHaveProperty('landing');
  });

  test('what finds no place is a mistake', async () => {
    const { code, out } = await kexeckitHere(['explain', 'crashkernel=31G', '--iomem', ALTRA, '--json']);
    expect(JSON.parse(out)).toMatchObject({
      mistakes: 1,
      parameters: [
        { findings: [], landing: { regions: [], refusal: { code: 'ENOMEM', hint: expect.stringMatching(/at most/) } } },
      ],
    });
    expect(code).toBe(1);
  });

  test('a kexec region lies beside the crash region', async () => {
    const { out } = await kexeckitHere(['explain', 'crashkernel=256M kexeckernel=64M', '--iomem', ALTRA, '--json']);
    const [crash, kexec] = JSON.parse(out).parameters;
    expect(kexec).toMatchObject({ parameter: 'kexeckernel', landing: { regions: [{ bytes: 64 << 20 }] } });
    expect(BigInt(kexec.landing.regions[0].from)).toBeLessThan(BigInt(crash.landing.regions[0].to));
  });

  test('of which only the RAM is known, which clause holds is told', async () => {
    const { out } = await kexeckitHere(['explain', 'crashkernel=2G-4G:256M,4G-:320M', '--memory', '3G']);
    expect(out).toMatch(/2G-4G:256M +holds\n.*4G-:320M +does not hold here/);
    expect(out).toMatch(/not known: where it would land/);
  });

  test('of which nothing is known, it is told by RAM', async () => {
    const { code, out } = await kexeckitHere(['explain', 'crashkernel=2G-4G:256M,4G-:320M']);
    expect(out).toMatch(/below 2G +nothing\n +from 2G below 4G +256M\n +from 4G +320M/);
    expect(code).toBe(0);
  });

  test('an x86 map is no place for a kernel of arm64', async () => {
    const map = file('pc', '00100000-3fffffff : System RAM\nfee00000-fee00fff : Local APIC\n');
    const { out } = await kexeckitHere(['explain', 'crashkernel=64M', '--iomem', map]);
    expect(out).toMatch(/x86 machine \(it has "Local APIC"\)/);
  });
});

describe('trouble has exit code 2, and one line', () => {
  test.each<[name: string, args: string[], message: RegExp]>([
    ['two lines', ['explain', '--file', file('two', 'a\nb\n')], /several lines/],
    ['a line and a file', ['explain', 'ro', '--file', 'x'], /give one of both/],
    ['no file', ['explain', '--file', '/nowhere'], /--file \/nowhere/],
    ['a device', ['explain', '--file', '/dev/zero'], /a pipe or a device/],
    [
      'a damaged map',
      ['explain', 'ro', '--iomem', file('bad', '40000000-7fffffff : System RAM\n4000zzzz\n')],
      /line 2: .*--lenient/,
    ],
    ['an empty map', ['explain', 'ro', '--iomem', file('empty', '')], /is empty/],
    [
      'a map without addresses',
      ['explain', 'ro', '--iomem', file('zeros', '00000000-00000000 : System RAM\n')],
      /as root/,
    ],
    ['a log of something else', ['explain', 'ro', '--log', file('log', 'hello\n')], /says nothing of memory/],
    ['RAM twice', ['explain', 'ro', '--memory', '1G', '--iomem', ALTRA], /--memory and --iomem/],
    ['no size', ['explain', 'ro', '--memory', 'abc'], /--memory cannot be abc/],
    ['a root for nothing', ['explain', 'ro', '--root', '/'], /--root has no meaning/],
    ['lenient for nothing', ['explain', 'ro', '--lenient'], /without --iomem/],
  ])('%s', async (_, args, message) => {
    await expectRefused(args, message);
    expect((await kexeckitHere(args)).err.trim().split('\n')).toHaveLength(1);
  });
});

test('a line that is much too long is explained', async () => {
  const line = `crashkernel=64M ${'a=b '.repeat(50_000)}`;
  const { code, out } = await kexeckitHere(['explain', '--file', file('long', line), '--json']);
  expect(JSON.parse(out)).toMatchObject({ mistakes: 1, cut: { why: expect.stringMatching(/does not see/) } });
  expect(code).toBe(1);
});

test.for(WIDTHS)('on a terminal of %d columns', async (columns, { skip }) => {
  const why = whyNoTerminal();
  if (why !== undefined) skip(why);
  const line = `ro root=/dev/disk/by-uuid/0f6b2d5c-3a1e-4d7e-9a35-6d1c8f0a1b2c ${LIST} crashkernel=1G,high kexeckernel=64M@x quiet`;
  const { code, raw, text } = await onTerminal(columns, 'explain', line, '--iomem', ALTRA);
  const [mended = ''] = /^ro .*$/m.exec(text) ?? [];
  expectFits(text, columns, [mended]);
  expect(raw).toContain('\u001b[33m');
  expect(code).toBe(1);
});
