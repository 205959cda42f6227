import { join } from 'node:path';
import { strategies } from '@kexeckit/relocation/strategies';
import { expect, test } from 'vitest';
import { kexeckit } from './kexeckit.ts';

test('the default is the cover letter: every strategy beside the published figures', async () => {
  const { code, out, err } = await kexeckit('reboot');
  expect(err).toBe('');
  expect(code).toBe(0);
  const rows = out.split('\n').map((line) => line.trim().split(/ {2,}/));
  const row = (label: string): string[] => rows.find(([first]) => first === label) ?? [];
  expect(row('strategy').slice(1, 3)).toEqual(['copied', 'tables']);
  expect(row('strategy').slice(3)).toEqual(['shutdown', 'relocation', 'checksum', 'startup', 'total']);
  expect(row('mmu-off').slice(1)).toEqual(['37.0 MiB', '0', '0.030', '0.350', '(2.310)', '0.290', '0.670 s']);
  expect(row('mmu-on').slice(1)).toEqual(['37.0 MiB', '13', '0.030', '0.023', '0.015', '0.290', '0.358 s']);
  expect(row('reserved').slice(1)).toEqual(['0.0 MiB', '4', '0.030', '0.000', '0.025', '0.290', '0.345 s']);
  expect(row('crash-region').at(-1)).toBe('0.345 s');
  expect(row('July 2019, 13M + 24M, MMU off').slice(1)).toEqual(['0.030', '0.350', '(2.310)', '0.290', '0.670 s']);
  expect(out).toMatch(/proved: \d+ invariants in \d+,\d{3},\d{3} checks, no violation/);
  expect(out).toContain('every byte equal');
});

const sumOf = (
  all: readonly Readonly<Record<string, unknown>>[],
  part: (each: Readonly<Record<string, unknown>>) => number,
): number => all.reduce((sum, each) => sum + part(each), 0);

test('JSON holds raw figures with their units, remarks as codes, read-backs and proofs', async () => {
  const { code, out } = await kexeckit('reboot', '--strategy', 'mmu-on', '--el', '1', '--json');
  expect(code).toBe(0);
  const { reboots, totals } = JSON.parse(out);
  const [report] = reboots;
  expect(totals).toEqual({ reboots: 1, arrived: 1, seconds: report.totals.seconds });
  expect(report).toMatchObject({
    machine: 'simulated',
    strategy: 'mmu-on',
    exceptionLevel: 1,
    seed: 1,
    jump: expect.stringMatching(/^0x[0-9a-f]+$/),
    proof: { violations: [] },
  });
  expect(report.timeline.map(({ phase }: { phase: string }) => phase)).toEqual([
    'shutdown',
    'relocation',
    'checksum',
    'startup',
  ]);
  expect(report.figures).toContainEqual({ name: 'segments verified', value: 3, unit: 'segments' });
  for (const { value } of report.figures) expect(value).toBeTypeOf('number');
  expect(report.segments[0]).toMatchObject({ name: 'kernel', mem: '0x80000000', memsz: '0xd00000' });
  expect(report.destinations).toHaveLength(3);
  const run = report.timeline.filter(({ basis }: { basis: string }) => basis !== 'skipped');
  expect(report.totals).toEqual({
    segments: 3,
    memoryBytes: sumOf(report.segments, ({ memsz }) => Number(memsz)),
    contentBytes: sumOf(report.segments, ({ bufsz }) => Number(bufsz)),
    invariants: report.proof.checks.length,
    checked: sumOf(report.proof.checks, ({ checked }) => Number(checked)),
    violations: 0,
    readBackBytes: sumOf(report.destinations, ({ bytes }) => Number(bytes)),
    seconds: sumOf(run, ({ seconds }) => Number(seconds)),
  });
});

test('a checksum that was not run says why, as a code', async () => {
  const { out } = await kexeckit('reboot', '--strategy', 'mmu-off', '--json');
  const [{ timeline }] = JSON.parse(out).reboots;
  expect(timeline).toContainEqual(
    expect.objectContaining({ phase: 'checksum', basis: 'skipped', remark: 'purgatory, caches off' }),
  );
});

test('generations alternate between the halves of the region, and say what each kernel is told', async () => {
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
  expect(JSON.parse(json).totals).toMatchObject({ reboots: 3, arrived: 3 });
  expect(JSON.parse(json).reboots[1]).toMatchObject({
    cmdline: `console=ttyS0 kexeckernel=40M@0x${first}`,
    generation: { half: 'upper' },
  });
});

test('another memory map', async () => {
  const iomem = join(import.meta.dirname, '../../../packages/ioport/fixtures/iomem/raspberrypi_4b_4g.txt');
  const { code, out } = await kexeckit('reboot', '--iomem', iomem, '--strategy', 'mmu-on');
  expect(code).toBe(0);
  expect(out).toMatch(/simulated machine, 3\.\d GiB of RAM/);
});

/** A row of a list in the help, wherever its lines end. */
const wrapped = (name: string, summary: string): RegExp =>
  new RegExp(`^  ${name} +${summary.split(' ').join('\\s+')}$`, 'm');

test('the help tells of every strategy what the table of strategies says', async () => {
  const { out } = await kexeckit('help', 'reboot');
  for (const { name, summary } of strategies) expect(out).toMatch(wrapped(name, summary));
});
