import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expectedOf, kernelOf } from '../../vectors/boots.ts';
import {
  type BootLog,
  childrenOf,
  countedRam,
  findByName,
  type Prediction,
  type PredictionOptions,
  parseIomem,
  predictReservation,
  type ReservationRequest,
  type ResourceTree,
  readBootLog,
  removeResource,
  reserveCrashKernel,
} from '../index.ts';
import { requestOf } from '../testing/boot-request.ts';

interface Boot {
  name: string;
  kernel: string;
  machine: string;
  firmware: string;
  cmdline: string;
  iomem: string;
  dmesg: string[];
  crashkernelReserved: unknown[];
}

const MIB = 0x10_0000n;

const fixtures = new URL('../../fixtures/', import.meta.url);
const boots: Boot[] = readdirSync(fixtures)
  .filter((name) => /-boots(-\d+)?\.jsonl$/.test(name))
  .flatMap((name) => readFileSync(new URL(name, fixtures), 'utf8').trim().split('\n'))
  .map((line) => JSON.parse(line));

const mapOf = (boot: Boot): ResourceTree => {
  const tree = parseIomem(boot.iomem);
  for (const resource of findByName(tree, 'Crash kernel')) removeResource(resource);
  return tree;
};

/** The same machine: kernel, firmware, banks, zones and CMA, and what else the command line says about memory. */
function machineOf(boot: Boot): string {
  const banks = [...childrenOf(mapOf(boot).root)].filter(({ name }) => name === 'System RAM' || name === 'reserved');
  const memory = boot.cmdline.split(' ').filter((word) => /^(cma|mem|hugepages|kernelcore|kho)\b/.test(word));
  const { lowLimit, cma } = readBootLog(boot.dmesg);
  const places = banks.map(({ name, start, end }) => `${name}${start}-${end}`);
  // KASLR puts the kernel elsewhere at each boot.
  const [code] = /.*Kernel code/.exec(boot.iomem) ?? [];
  return [boot.kernel, boot.machine, boot.firmware, lowLimit, cma[0]?.start, code, ...memory, ...places].join('|');
}

/** `resv` has a carve-out that the others have not, and nothing here tells them apart. */
const alike = boots.filter(({ name }) => !name.includes('resv'));
const without = alike.filter((boot) => boot.crashkernelReserved.length === 0);
/** Every boot that was asked to reserve something, by every boot of that machine that has reserved nothing. */
const pairs = alike.flatMap((boot) =>
  without
    .filter((other) => other !== boot && machineOf(other) === machineOf(boot) && requestFor(other, boot) !== null)
    .map((other) => [`${boot.kernel} ${boot.name} by ${other.name}`, other, boot] as const),
);

function requestFor(from: Boot, boot: Boot): ReservationRequest | null {
  const { bytes } = countedRam(parseIomem(from.iomem), readBootLog(from.dmesg));
  return requestOf(boot.cmdline, bytes, kernelOf({ ...from }));
}

function predict(from: Boot, boot: Boot, log: BootLog | undefined, moving?: readonly bigint[]): Prediction {
  const request = requestFor(from, boot);
  if (request === null) throw new Error('nothing is asked for');
  const { lowLimit } = readBootLog(from.dmesg);
  return predictReservation(parseIomem(from.iomem), request, { kernel: kernelOf({ ...from }), lowLimit, log, moving });
}

/** Whether a prediction holds for what a boot reserved: nothing that it excludes has happened. */
function holds({ regions, refusal }: Prediction, boot: Boot): boolean {
  const real = expectedOf(boot).regions.map(({ kind, start, endExclusive }) => ({
    kind,
    start: BigInt(start),
    size: BigInt(endExclusive) - BigInt(start),
  }));
  if (real.length === 0) return refusal !== null;
  const isThere = regions.every(({ kind, certain }) => !certain || real.some((one) => one.kind === kind));
  return (
    isThere &&
    real.every(({ kind, start, size }) => {
      const said = regions.find((region) => region.kind === kind);
      return said !== undefined && said.size === size && said.from <= start && start <= said.to;
    })
  );
}

test.each(pairs)('%s is where it says', (_, from, boot) => {
  const log = readBootLog(from.dmesg);
  for (const prediction of [
    predict(from, boot, undefined),
    predict(from, boot, undefined, []),
    predict(from, boot, log),
  ]) {
    expect(holds(prediction, boot), JSON.stringify([prediction.regions, prediction.reason], show)).toBe(true);
  }
});

const show = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value);

test('a log makes most ranges narrow, and none is wide for nothing', () => {
  const widths = (log: boolean, moving?: readonly bigint[]): bigint[] =>
    pairs
      .map(([, from, boot]) => predict(from, boot, log ? readBootLog(from.dmesg) : undefined, moving))
      .filter(({ refusal, regions }) => refusal === null && regions.length > 0)
      .map(({ regions }) => regions.reduce((most, { from, to }) => (to - from > most ? to - from : most), 0n))
      .toSorted((a, b) => Number(a - b));
  const median = (of: bigint[]): bigint => of[of.length >> 1] ?? 0n;
  expect([median(widths(true)), widths(true).at(-1)]).toEqual([4n * MIB, 158n * MIB]);
  expect([median(widths(false, [])), widths(false, []).at(-1)]).toEqual([106n * MIB, 1152n * MIB]);
  // Where nobody says that the kernel stays, it may stand in the way anywhere.
  expect([median(widths(false)), widths(false).at(-1)]).toEqual([334n * MIB, 3584n * MIB]);
});

test.each(boots.filter(({ name }) => name === 'efi-4g-kaslr').map((boot) => [boot.kernel, boot] as const))(
  '%s: a boot under KASLR is where it says, from a boot without',
  (_, boot) => {
    const from = alike.find(({ name, kernel }) => name === 'none-efi-4096' && kernel === boot.kernel);
    if (from === undefined) throw new Error('no such boot');
    const log = { ...readBootLog(from.dmesg), kernelMoves: true };
    expect(holds(predict(from, boot, log), boot)).toBe(true);
  },
);

describe('predictReservation', () => {
  const RAM = '40000000-7fffffff : System RAM\n  40200000-411fffff : Kernel code\n';
  const predicted = (map: string, request: Partial<ReservationRequest>, options: PredictionOptions = {}): Prediction =>
    predictReservation(
      parseIomem(map),
      { size: 64n * MIB, base: 0n, ...request },
      { lowLimit: 0x1_0000_0000n, moving: [], ...options },
    );

  test('is exact where nothing is in the way that could have come later', () => {
    const prediction = predicted(RAM, {});
    expect(prediction).toMatchObject({ exact: true, refusal: null });
    expect(prediction.regions).toEqual([
      { kind: 'main', size: 64n * MIB, from: 0x7c00_0000n, to: 0x7c00_0000n, certain: true },
    ]);
  });

  test.each([
    ['without a log', undefined],
    ['with one that says nothing', readBootLog('')],
  ])('%s, the kernel may move, and the low limit is assumed', (_, log) => {
    const tree = parseIomem(RAM);
    const prediction = predictReservation(tree, { size: 64n * MIB, base: 0n }, { log });
    expect(prediction).toMatchObject({
      exact: false,
      refusal: null,
      assumed: [{ what: 'low-limit', value: 1n << 32n }],
    });
    expect(prediction.reason).toMatch(/may stand elsewhere.*low-memory limit is taken for 0x100000000/);
    const [main] = prediction.regions;
    expect(main && main.from < main.to).toBe(true);
    expect(predictReservation(tree, { size: 64n * MIB, base: 0x6000_0000n }, { log })).toMatchObject({
      exact: false,
      assumed: [],
      regions: [{ certain: false }],
      refusal: { reason: 'conflict', message: expect.stringMatching(/where the kernel may stand/) },
    });
  });

  test('a log that says so makes it exact', () => {
    const log = readBootLog(
      'KASLR disabled on command line\n  DMA      [mem 0x0000000040000000-0x000000007fffffff]\n  Normal   empty',
    );
    expect(predictReservation(parseIomem(RAM), { size: 64n * MIB, base: 0n }, { log })).toMatchObject({
      exact: true,
      assumed: [],
    });
  });

  test('is a range, with a reason, where something is', () => {
    const { exact, regions, reason } = predicted(`${RAM}  7f000000-7fffffff : reserved\n`, {});
    expect(exact).toBe(false);
    expect(regions).toMatchObject([{ from: 0x7b00_0000n, to: 0x7c00_0000n }]);
    expect(reason).toMatch(/after the reservation.* up to 16 MiB higher/);
  });

  test('is a range of all that is open where not even the side of the limit is sure', () => {
    const map = `${RAM}  50000000-7fffffff : reserved\n100000000-13fffffff : System RAM\n`;
    const { exact, refusal, regions } = predicted(map, { size: 512n * MIB });
    expect([exact, refusal?.reason]).toEqual([false, undefined]);
    expect(regions).toMatchObject([
      { kind: 'low', certain: false },
      { kind: 'main', from: 0x4120_0000n, to: 0x1_2000_0000n, certain: true },
    ]);
  });

  test('says that it may fail, and that it will', () => {
    const full = `${RAM}  50000000-7fffffff : reserved\n`;
    expect(predicted(full, { size: 512n * MIB })).toMatchObject({
      exact: false,
      refusal: { reason: 'no-room' },
      regions: [{ certain: false }],
    });
    expect(predicted(full, { size: 2048n * MIB })).toMatchObject({ regions: [], refusal: { reason: 'no-room' } });
  });

  test('an offset is had for certain, perhaps, or not', () => {
    const map = `${RAM}  50000000-5fffffff : reserved\n`;
    expect(predicted(map, { base: 0x6000_0000n })).toMatchObject({ exact: true });
    expect(predicted(map, { base: 0x5000_0000n })).toMatchObject({
      exact: false,
      regions: [{ certain: false }],
      refusal: { reason: 'conflict' },
    });
    expect(predicted(map, { base: 0x4000_0000n })).toMatchObject({ regions: [], refusal: { reason: 'conflict' } });
    expect(predicted(map, { base: 0x9000_0000n })).toMatchObject({ regions: [], refusal: { reason: 'not-ram' } });
  });

  test('what stands elsewhere at each boot widens the range by as much as it can', () => {
    const { exact, regions } = predicted(RAM, {}, { moving: [32n * MIB] });
    expect(exact).toBe(false);
    const [main] = regions;
    for (let kernel = 0x4000_0000n; kernel <= 0x7e00_0000n; kernel += 2n * MIB) {
      const at = `${kernel.toString(16)}-${(kernel + 32n * MIB - 1n).toString(16)}`;
      const moved = parseIomem(`40000000-7fffffff : System RAM\n  ${at} : Kernel code\n`);
      const start = reserveCrashKernel(moved, { size: 64n * MIB, base: 0n }).regions[0]?.start ?? 0n;
      expect(main && main.from <= start && start <= main.to, start.toString(16)).toBe(true);
    }
  });
});
