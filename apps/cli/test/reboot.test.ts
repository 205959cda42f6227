import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePlan } from '@kexeckit/reboot';
import { debianFiles, whyNoDebianKernel } from '@kexeckit/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const main = join(import.meta.dirname, '../dist/main.js');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kexeckit-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the real command line tool. */
function kexeckit(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' };
    execFile(process.execPath, [main, ...args], { env, maxBuffer: 1 << 26 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('on the simulated machine', () => {
  test('the default is the cover letter: every strategy beside the published figures', {
    timeout: 60_000,
  }, async () => {
    const { code, out, err } = await kexeckit('reboot');
    expect(err).toBe('');
    expect(code).toBe(0);
    const rows = out.split('\n').map((line) => line.trim().split(/ {2,}/));
    const row = (label: string): string[] => rows.find(([first]) => first === label) ?? [];
    expect(row('strategy')).toEqual([
      'strategy',
      'copied',
      'tables',
      'shutdown',
      'relocation',
      'checksum',
      'startup',
      'total',
    ]);
    expect(row('mmu-off').slice(1)).toEqual(['37.0 MiB', '0', '0.030', '0.350', '(2.310)', '0.290', '0.670 s']);
    expect(row('mmu-on').slice(1)).toEqual(['37.0 MiB', '13', '0.030', '0.023', '0.015', '0.290', '0.358 s']);
    expect(row('reserved').slice(1)).toEqual(['0.0 MiB', '4', '0.030', '0.000', '0.025', '0.290', '0.345 s']);
    expect(row('crash-region').at(-1)).toBe('0.345 s');
    expect(row('July 2019, 13M + 24M, MMU off').slice(1)).toEqual(['0.030', '0.350', '(2.310)', '0.290', '0.670 s']);
    expect(out).toContain('no violation');
    expect(out).toContain('every byte equal');
  });

  test('JSON holds the timelines, the read-backs and the proofs', { timeout: 60_000 }, async () => {
    const { code, out } = await kexeckit('reboot', '--strategy', 'mmu-on', '--el', '1', '--json');
    expect(code).toBe(0);
    const [report] = JSON.parse(out);
    expect(report).toMatchObject({
      machine: 'simulated',
      strategy: 'mmu-on',
      exceptionLevel: 1,
      seed: 1,
      proof: { violations: [] },
    });
    expect(report.timeline.map(({ phase }: { phase: string }) => phase)).toEqual([
      'shutdown',
      'relocation',
      'checksum',
      'startup',
    ]);
    expect(report.segments[0]).toMatchObject({ name: 'kernel', mem: '0x80000000', memsz: '0xd00000' });
    expect(report.destinations).toHaveLength(3);
  });

  test('a saved plan can be read again, and is the same for the same seed', { timeout: 60_000 }, async () => {
    const files = ['one.json', 'two.json'].map((name) => join(folder, name));
    for (const file of files) {
      expect(await kexeckit('reboot', '--strategy', 'reserved', '--seed', '42', '--save-plan', file)).toMatchObject({
        code: 0,
      });
    }
    const [one = '', two] = files.map((file) => readFileSync(file, 'utf8'));
    expect(one).toBe(two);
    expect(parsePlan(one)).toMatchObject({ seed: 42, relocation: { strategy: 'reserved' } });
  });

  test('generations alternate between the halves of the region, and say what each kernel is told', {
    timeout: 60_000,
  }, async () => {
    const args = ['reboot', '--strategy', 'reserved', '--generations', '3'];
    const { code, out } = await kexeckit(...args);
    expect(code).toBe(0);
    expect(out).toContain('reserved, generation 3');
    const rows = [...out.matchAll(/^ +(\d) {2}0x(\w+) {2}(lower|upper) half of (0x\w+ to 0x\w+) {2}(\S+)$/gm)];
    expect(rows.map(([, number, , half]) => `${number} ${half}`)).toEqual(['1 lower', '2 upper', '3 lower']);
    const [first, second, third] = rows.map(([, , kernel]) => kernel);
    expect(third).toBe(first);
    expect(rows.map(([, , , , , parameter]) => parameter)).toEqual([
      `kexeckernel=40M@0x${second}`,
      `kexeckernel=40M@0x${first}`,
      `kexeckernel=40M@0x${second}`,
    ]);
    const { out: json } = await kexeckit(...args, '--json');
    expect(JSON.parse(json)[1]).toMatchObject({
      cmdline: `console=ttyS0 kexeckernel=40M@0x${first}`,
      generation: { half: 'upper' },
    });
  });

  test('another memory map', { timeout: 60_000 }, async () => {
    const iomem = join(import.meta.dirname, '../../../packages/ioport/fixtures/iomem/raspberrypi_4b_4g.txt');
    const { code, out } = await kexeckit('reboot', '--iomem', iomem, '--strategy', 'mmu-on');
    expect(code).toBe(0);
    expect(out).toMatch(/simulated machine, 3\.\d GiB of RAM/);
  });
});

describe('what makes no sense is refused with exit code 2 and a hint', () => {
  test.each([
    [['reboot', '--strategy', 'magic'], /Allowed choices are mmu-off, mmu-on, reserved, crash-region/],
    [['reboot', '--colour', 'red'], /unknown option '--colour'/],
    [['reboot', 'now'], /too many arguments/],
    [['shutdown'], /unknown command/],
    [['reboot', '--memory', '2G'], /--memory has no meaning on the simulated machine.*--iomem/],
    [['reboot', '--expect', 'x'], /--expect has no meaning/],
    [['reboot', '--machine', 'qemu'], /give one with --kernel/],
    [['reboot', '--machine', 'qemu', '--memory', '2Q'], /give whole MiB/],
    [['reboot', '--machine', 'qemu', '--kernel', 'x', '--expect', '('], /no regular expression/],
    [['reboot', '--seed', 'one'], /whole number/],
    [['reboot', '--cpus', '0'], /1 to 512/],
    [['reboot', '--kernel', '/nowhere/Image'], /cannot read --kernel \/nowhere\/Image/],
    [['reboot', '--initrd', 'x'], /--initrd without --kernel/],
    [['reboot', '--save-plan', 'x'], /choose one with --strategy/],
    [['reboot', '--generations', '3'], /choose one with --strategy/],
    [['reboot', '--reserve', '64M'], /add --strategy reserved or crash-region/],
    [['reboot', '--reserve', '64M', '--strategy', 'mmu-on'], /add --strategy reserved or crash-region/],
    [['reboot', '--generations', '0', '--strategy', 'reserved'], /1 to 100/],
    [['reboot', '--machine', 'qemu', '--kernel', 'x', '--generations', '2'], /use the simulated machine/],
  ])('%j', async (args, message) => {
    const { code, out, err } = await kexeckit(...args);
    expect(err).toMatch(message);
    expect(out).toBe('');
    expect(code).toBe(2);
  });
});

describe('what fails says in which step, with exit code 1', () => {
  test('a file that is no kernel', async () => {
    const file = join(folder, 'noise');
    writeFileSync(file, Buffer.alloc(5000, 'noise'));
    const { code, err } = await kexeckit('reboot', '--kernel', file);
    expect(code).toBe(1);
    expect(err).toContain('ENOEXEC');
  });

  test('a map that is hidden from unprivileged readers', async () => {
    const file = join(folder, 'iomem');
    writeFileSync(file, '00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n');
    const { code, err } = await kexeckit('reboot', '--iomem', file);
    expect(code).toBe(1);
    expect(err).toMatch(/EPERM.*root/s);
  });

  test('a region that is too small, or reserves nothing', async () => {
    const small = await kexeckit('reboot', '--strategy', 'reserved', '--reserve', '16M');
    expect(small).toMatchObject({ code: 1 });
    expect(small.err).toMatch(/step plan\s+ENOSPC: no room for the initrd/);
    const nothing = await kexeckit('reboot', '--strategy', 'reserved', '--reserve', '64M,high');
    expect(nothing.err).toContain('kexeckernel=64M,high reserves nothing');
  });

  test('a QEMU that is not there', async () => {
    const { code, err } = await kexeckit('reboot', '--machine', 'qemu', '--kernel', main, '--qemu', 'qemu-nowhere');
    expect(code).toBe(1);
    expect(err).toMatch(
      /failed in step inputs\s+ENOENT: cannot start qemu-nowhere: it is not installed; .*apt-get install/,
    );
  });
});

describe('on QEMU', () => {
  const qemu = ['reboot', '--machine', 'qemu', '--kernel', debianFiles.kernel, '--initrd', debianFiles.initrd];

  test("boots Debian's kernel to the mark, streams its console and prints the timeline", { timeout: 300_000 }, async ({
    skip,
  }) => {
    const reason = whyNoDebianKernel();
    if (reason !== undefined) skip(reason);
    const args = [
      '--append',
      'console=ttyAMA0 rdinit=/bin/sh',
      '--memory',
      '1G',
      '--cpus',
      '1',
      '--el',
      '2',
      '--expect',
      'Freeing unused kernel memory',
    ];
    const { code, out, err } = await kexeckit(...qemu, ...args);
    expect(code).toBe(0);
    expect(err).toContain('│ [    0.000000] Booting Linux on physical CPU');
    expect(out).toMatch(/qemu machine, 1\.0 GiB of RAM, 1 CPUs, EL2/);
    expect(out).toMatch(/mmu-on +70\.\d MiB +\d+ +– +\d+\.\d{3} +– +\d+\.\d{3} +\d+\.\d{3} s/);
    expect(out).toContain('new kernel: Linux version 6.1');
    expect(out).toContain('Freeing unused kernel memory');
  });

  test('an interrupt ends QEMU and leaves nothing behind', { timeout: 60_000 }, async ({ skip }) => {
    const reason = whyNoDebianKernel();
    if (reason !== undefined) skip(reason);
    const env = { ...process.env, NO_COLOR: '1', TMPDIR: mkdtempSync(join(folder, 'tmp-')) };
    const child = spawn(process.execPath, [main, ...qemu, '--append', 'console=ttyAMA0'], { env });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      if (text.includes('Booting Linux')) child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(err).toContain('ECANCELED');
    expect(code).toBe(1);
    expect(readdirSync(env.TMPDIR)).toEqual([]);
  });

  test('a kernel that hangs: exit code 1, the step, the last lines', { timeout: 300_000 }, async ({ skip }) => {
    const reason = whyNoDebianKernel();
    if (reason !== undefined) skip(reason);
    const { code, err } = await kexeckit(
      ...qemu,
      '--append',
      'console=ttyAMA0 rdinit=/bin/sh',
      '--expect',
      'never printed',
      '--timeout',
      '15',
    );
    expect(code).toBe(1);
    expect(err).toMatch(
      /failed in step startup\s+ETIMEDOUT: the new kernel did not print \/never printed\/ within 15 s/,
    );
    expect(err).toContain('last lines of the console:');
  });
});
