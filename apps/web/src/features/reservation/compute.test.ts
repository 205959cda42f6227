import { readdirSync, readFileSync } from 'node:fs';
import { explainCrashkernel, formatSize, parseCrashkernel, toByteString } from '@kexeckit/cmdline';
import {
  freeRam,
  parseIomem,
  placeReservation,
  rangeContains,
  reserveCrashKernel,
  systemRamSize,
  withoutRegions,
} from '@kexeckit/ioport';
import { describe, expect, test } from 'vitest';
import { boardNames } from '../../desk/boards.ts';
import { openMachine } from './compute.ts';
import { type Answer, type KernelName, kernels, type Question } from './model.ts';
import { pieceAt, RAM_STEP } from './ram.ts';

const fixtures = new URL('../../../../../packages/ioport/fixtures/', import.meta.url);
const recordFiles = readdirSync(fixtures).filter((name) => /-boots(-\d+)?\.jsonl$/.test(name));
const GIB = 1n << 30n;

/** What a real kernel was given, and what it did. */
interface Boot {
  readonly name: string;
  readonly kernel: string;
  readonly cmdline: string;
  readonly iomem: string;
  readonly dmesg: string[];
  readonly crashkernelReserved: { kind: string; start: string; endExclusive: string }[];
}

const mapOf = (board: string): string =>
  readFileSync(new URL(`../../desk/boards/${board}.txt`, import.meta.url), 'utf8');

const ask = (machine: ReturnType<typeof openMachine>, line: string, more: Partial<Question> = {}): Answer =>
  machine.ask({ line, ram: undefined, kernel: '7.3', ...more });

const crashReadings = (answer: Answer) =>
  answer.kernels.map(({ kernel, readings }) => ({
    kernel,
    ...readings.find(({ parameter }) => parameter === 'crashkernel'),
  }));

describe.each(recordFiles)('real kernels: %s', (file) => {
  const boots = readFileSync(new URL(file, fixtures), 'utf8')
    .trim()
    .split('\n')
    .map((line): Boot => JSON.parse(line));

  test.each(boots.map((boot): [string, Boot] => [boot.name, boot]))('%s', (_, boot) => {
    const kernel = kernels.findLast((one) => boot.kernel.includes(`${one}.`)) ?? '7.3';
    const answer = ask(openMachine(boot.iomem, boot.dmesg.join('\n')), boot.cmdline, { kernel });
    const reading = crashReadings(answer).find((row) => row.kernel === kernel);
    const regions = reading?.landing?.regions ?? [];
    const real = boot.crashkernelReserved;
    if (real.length === 0) {
      // What may fail did fail.
      expect(reading?.whyNot !== undefined || reading?.landing?.refusal !== undefined).toBe(true);
      return;
    }
    expect(regions.map(({ kind }) => kind).sort()).toEqual(real.map(({ kind }) => kind).sort());
    for (const { kind, start, endExclusive } of real) {
      const region = regions.find((one) => one.kind === kind);
      expect(region?.size).toBe(BigInt(endExclusive) - BigInt(start));
      expect(BigInt(start)).toBeGreaterThanOrEqual(region?.from ?? 1n << 64n);
      expect(BigInt(start)).toBeLessThanOrEqual(region?.to ?? -1n);
    }
  });
});

describe.each(boardNames)('the board %s', (board) => {
  const machine = openMachine(mapOf(board));

  test('holds the RAM and the regions that its map has', () => {
    const map = parseIomem(mapOf(board), { lenient: true });
    expect(machine.facts.ram.bytes).toBe(systemRamSize(map));
    const drawn = machine.facts.banks.reduce((sum, { bytes }) => sum + bytes, 0n);
    expect(drawn).toBeLessThanOrEqual(machine.facts.ram.bytes);
    expect(drawn * 2n).toBeGreaterThan(machine.facts.ram.bytes);
    expect(machine.facts.banks.length).toBeLessThanOrEqual(12);
    expect(machine.facts.standing.length > 0).toBe(/: (Crash|Kexec) kernel/.test(mapOf(board)));
  });

  test('each kernel puts a region no higher than where it would without what came after it', () => {
    const line = 'ro crashkernel=64M';
    const tree = withoutRegions(parseIomem(mapOf(board), { lenient: true }));
    for (const { kernel, landing } of crashReadings(ask(machine, line))) {
      const request = parseCrashkernel(line, systemRamSize(tree), { kernel });
      const [now] = reserveCrashKernel(tree, request, { kernel }).regions;
      const [main] = landing?.regions ?? [];
      expect(main?.size).toBe(now === undefined ? undefined : 64n << 20n);
      if (now === undefined || main === undefined) continue;
      expect(main.from).toBeLessThanOrEqual(now.start);
      expect(main.to).toBeGreaterThanOrEqual(now.start);
    }
  });
});

const stingray = openMachine(mapOf('broadcom_stingray_bcm958742k'));

const LINES = [
  'crashkernel=2G-16G:256M,16G-64G:512M,64G-:1G quiet',
  'crashkernel=64M@x quiet',
  'crashkernel=512MB',
  'crashkernel=1G,high crashkernel=64M,low',
  'crashkernel=128M crashkernel=1G-:256M',
  'kexeckernel=64M crashkernel=256M',
  'crashkernel=3G',
  'crashkernel = 64M',
  'ro',
  '',
];

describe.each(LINES)('the line %j', (line) => {
  test('reserves by RAM what it reserves on each machine', () => {
    for (const { parameter, pieces } of ask(stingray, line).readings)
      for (const piece of pieces)
        for (const ram of [piece.from, piece.from + RAM_STEP, (piece.to ?? piece.from + GIB) - RAM_STEP]) {
          const { verdict } = explainCrashkernel(line, ram, { parameter });
          const said = pieceAt(pieces, ram)?.reserves;
          if (verdict.ret === 0) expect([ram, said]).toEqual([ram, expect.stringContaining(formatSize(verdict.size))]);
          else expect([ram, said]).toEqual([ram, 'nothing']);
        }
  });

  test.each(kernels)('is mended for %s as the package mends it, and each fix is one of its', (kernel) => {
    const { findings, mended, ram } = ask(stingray, line, { kernel });
    const crash = explainCrashkernel(line, ram.bytes, { kernel });
    const kexec = explainCrashkernel(line, ram.bytes, { kernel, parameter: 'kexeckernel' });
    const all = [...crash.findings, ...(line.includes('kexeckernel') ? kexec.findings : [])];
    expect(findings.map(({ message }) => message).sort()).toEqual(all.map(({ message }) => message).sort());
    for (const { fix, message } of findings)
      expect(fix?.line).toBe(all.find((one) => one.message === message && one.fix.length > 0)?.fixed);
    expect(mended).toBe(explainCrashkernel(crash.fixed, ram.bytes, { kernel, parameter: 'kexeckernel' }).fixed);
  });
});

describe('what lights up', () => {
  const lit = (line: string, more: Partial<Question> = {}): string[] =>
    ask(stingray, line, more)
      .marks.filter(({ look }) => look === 'holds')
      .map(({ start, end }) => line.slice(start, end));
  const list = 'ro crashkernel=2G-16G:256M,16G-64G:512M,64G-:1G@0x90000000';

  test.each<[string, bigint, string[]]>([
    [list, 8n * GIB, ['2G-16G:256M', '@0x90000000']],
    [list, 16n * GIB, ['16G-64G:512M', '@0x90000000']],
    [list, GIB, []],
    ['crashkernel=64M crashkernel=128M', GIB, ['crashkernel=128M']],
    ['crashkernel=1G,high crashkernel=64M,low', 8n * GIB, ['crashkernel=1G,high', 'crashkernel=64M,low']],
    ['crashkernel=64MB', GIB, []],
    ['é€ crashkernel=64M €', GIB, ['crashkernel=64M']],
  ])('of %s with %s bytes', (line, ram, texts) => {
    expect(lit(line, { ram })).toEqual(texts);
  });

  test('is passed over, and told apart, what a later one replaces', () => {
    const line = 'crashkernel=64M crashkernel=128M';
    const ignored = ask(stingray, line).marks.filter(({ look }) => look === 'ignored');
    expect(ignored).toEqual([{ start: 0, end: 15, look: 'ignored' }]);
  });
});

test('a line that is longer than what is kept says what is lost, by characters', () => {
  const line = `${'é'.repeat(1500)} crashkernel=64M`;
  const { lost, marks, bytes, max } = ask(stingray, line);
  expect(lost).toBeDefined();
  expect([bytes, max]).toEqual([toByteString(line).length, 2047]);
  expect(marks.find(({ look }) => look === 'lost')).toEqual({ start: 1023, end: line.length, look: 'lost' });
});

describe('places are told only on the machine of the map', () => {
  test.each<[string, Partial<Question>, RegExp]>([
    ['crashkernel=64M', { ram: 4n * GIB }, /other RAM/],
    ['crashkernel=64M mem=4G', {}, /mem= leaves 4G/],
  ])('%s', (line, more, why) => {
    const { unknown, zoom, kernels: rows } = ask(stingray, line, more);
    expect(unknown).toMatch(why);
    expect(zoom).toBeUndefined();
    for (const { readings } of rows) for (const { landing } of readings) expect(landing).toBeUndefined();
  });

  test('with as much RAM as it has they are', () => {
    expect(ask(stingray, 'crashkernel=64M').unknown).toBeUndefined();
  });
});

test('a kexec region lands in what the crash region, which comes first, leaves free', () => {
  const tree = withoutRegions(parseIomem(mapOf('broadcom_stingray_bcm958742k'), { lenient: true }));
  const alone = ask(stingray, 'kexeckernel=64M').kernels.at(-1)?.readings.at(-1)?.landing?.regions[0];
  placeReservation(tree, reserveCrashKernel(tree, { size: 64n << 20n, base: 0n }));
  const { readings } = ask(stingray, 'crashkernel=64M kexeckernel=64M').kernels.at(-1) ?? {};
  const kexec = readings?.find(({ parameter }) => parameter === 'kexeckernel')?.landing?.regions[0];
  const start = kexec?.from ?? 0n;
  const end = start + (64n << 20n) - 1n;
  expect(freeRam(tree).some((range) => rangeContains(range, { start, end }))).toBe(true);
  expect(start).not.toBe(alone?.from);
});

test('why a kernel reserves nothing stands beside it', () => {
  const rows = crashReadings(ask(stingray, 'crashkernel=256M,high'));
  const why = Object.fromEntries(rows.map(({ kernel, whyNot }) => [kernel, whyNot === undefined])) satisfies Partial<
    Record<KernelName, boolean>
  >;
  expect(why).toEqual({ '5.10': false, '6.1': true, '6.12': true, '7.3': true });
});

test('bars show no more than can be told apart, and all of what is large', () => {
  const ranges = Array.from({ length: 20_000 }, (_, at) => {
    const start = 0x8000_0000n + BigInt(at) * 0x4_0000n;
    const ram = `${start.toString(16)}-${(start + 0x2_ffffn).toString(16)} : System RAM\n`;
    return `${ram}  ${start.toString(16)}-${(start + 0xfffn).toString(16)} : reserved\n`;
  });
  const { facts } = openMachine(ranges.join(''));
  expect(facts.banks).toHaveLength(1);
  for (const { ram, taken } of facts.banks) {
    expect(ram.length).toBeLessThanOrEqual(601);
    expect(taken.length).toBeLessThanOrEqual(601);
  }
  expect(facts.banks[0]?.window).toEqual({ start: 0x8000_0000n, end: 0x8000_0000n + 19_999n * 0x4_0000n + 0x2_ffffn });
});

test('a machine of many banks has bars that a page can hold', () => {
  const banks = Array.from({ length: 40 }, (_, at) => {
    const start = 0x8000_0000n + BigInt(at) * 4n * GIB;
    return `${start.toString(16)}-${(start + GIB - 1n).toString(16)} : System RAM\n`;
  });
  const { facts } = openMachine(banks.join(''));
  expect(facts.banks.length).toBeLessThanOrEqual(12);
  expect(facts.banks.reduce((sum, { bytes }) => sum + bytes, 0n)).toBe(40n * GIB);
});

test('what was asked for before is not taken for what another kernel does', () => {
  // As booted: kernels before 6.7 or so round to whole pages.
  const sizes = (): (bigint | undefined)[] =>
    crashReadings(ask(stingray, 'crashkernel=1048577')).map(({ landing }) => landing?.regions[0]?.size);
  expect(sizes()).toEqual([0x10_1000n, 0x10_1000n, 0x10_0001n, 0x10_0001n]);
  expect(sizes()).toEqual([0x10_1000n, 0x10_1000n, 0x10_0001n, 0x10_0001n]);
});
