import { expect, test } from 'vitest';
import { parseIomem, printIomem } from '../iomem.ts';
import { reserveCrashKernel } from './crash.ts';
import { reserveKexecKernel } from './kexec.ts';
import { predictKexecReservation, withoutRegions } from './predict-kexec.ts';
import { placeReservation } from './reservation.ts';

const MIB = 1n << 20n;
const MAP = `40000000-bfffffff : System RAM
  40200000-415fffff : Kernel code
  b0000000-bfffffff : reserved
100000000-23fffffff : System RAM
`;

test('the region lies below the crash region, where the series puts it', () => {
  const tree = parseIomem(MAP);
  placeReservation(tree, reserveCrashKernel(tree, { size: 256n * MIB, base: 0n }));
  const prediction = predictKexecReservation(tree, { size: 64n * MIB, base: 0n });
  const [region] = reserveKexecKernel(tree, { size: 64n * MIB, base: 0n }).regions;
  expect(region?.start).toBe(0x9c000000n);
  expect(prediction).toMatchObject({ exact: false, refusal: null, regions: [{ from: 0x9c000000n, size: 64n * MIB }] });
  expect(prediction.assumed.map(({ what }) => what)).toEqual(['low-limit']);
});

test('a refusal says why, and nothing is assumed that was told', () => {
  const { regions, refusal, reason, assumed } = predictKexecReservation(
    parseIomem(MAP),
    { size: 4096n * MIB, base: 0n },
    { lowLimit: 0x100000000n },
  );
  expect({ regions, assumed }).toEqual({ regions: [], assumed: [] });
  expect(reason).toBe(refusal?.message);
  expect(reason).toMatch(/no 4096 MiB free/);
});

test('a map without regions is the map before they were reserved, and the other stays as it is', () => {
  const tree = parseIomem(MAP);
  placeReservation(tree, reserveCrashKernel(tree, { size: 256n * MIB, base: 0n }));
  placeReservation(tree, reserveKexecKernel(tree, { size: 64n * MIB, base: 0n }));
  expect(printIomem(withoutRegions(tree))).toBe(MAP);
  expect(printIomem(tree)).toMatch(/Kexec kernel\n.*Crash kernel/);
});
