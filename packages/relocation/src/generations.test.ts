import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RelocationError } from './error.ts';
import {
  failLoad,
  halfOf,
  nextHalf,
  type RegionState,
  rebootIntoImage,
  regionParameter,
  registerImage,
  reservedRegion,
  startLoad,
  unloadImage,
} from './generations.ts';
import type { Segment } from './segment.ts';

const MIB = 0x10_0000n;
const region = { start: 0x8000_0000n, end: 0x83ff_ffffn };
const [lower, upper] = [halfOf(region, 'lower'), halfOf(region, 'upper')];

const kernelAt = (mem: bigint, memsz = 16n * MIB): Segment => ({ name: 'kernel', mem, memsz, bufsz: memsz });
const loadedInto = (state: RegionState): RegionState =>
  registerImage(startLoad(state, [kernelAt(halfOf(region, nextHalf(state)).start)]));

/** The errno-style code that something throws. */
function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return error instanceof RelocationError ? error.code : undefined;
  }
  return undefined;
}

describe('halves', () => {
  test('are equal, on 2 MiB boundaries, and apart', () => {
    expect([lower, upper]).toEqual([
      { start: 0x8000_0000n, end: 0x81ff_ffffn },
      { start: 0x8200_0000n, end: 0x83ff_ffffn },
    ]);
    expect(halfOf({ start: 0n, end: 7n * MIB - 1n }, 'upper')).toEqual({ start: 2n * MIB, end: 4n * MIB - 1n });
  });

  test('a region that does not split is refused', () => {
    expect(codeOf(() => reservedRegion({ start: 0n, end: 4n * MIB - 2n }))).toBe('EINVAL');
    expect(codeOf(() => reservedRegion({ start: MIB, end: 20n * MIB }))).toBe('EINVAL');
  });
});

describe('generations', () => {
  test('alternate: each kernel loads the next into the half that it is not in', () => {
    let state = reservedRegion(region);
    const halves = Array.from({ length: 4 }, () => {
      state = rebootIntoImage(loadedInto(state));
      return state.running;
    });
    expect(halves).toEqual(['lower', 'upper', 'lower', 'upper']);
  });

  test('each kernel is told to reserve the half that it is not in, the first one both', () => {
    expect(regionParameter('kexeckernel', region, undefined)).toBe('kexeckernel=64M@0x80000000');
    expect(regionParameter('kexeckernel', region, 'lower')).toBe('kexeckernel=32M@0x82000000');
    expect(regionParameter('crashkernel', region, 'upper')).toBe('crashkernel=32M@0x80000000');
  });

  test('outside the region, a second load leaves the first image whole until it is registered', () => {
    const first = loadedInto(reservedRegion(region));
    const second = startLoad(first, [kernelAt(upper.start)]);
    expect(second.registered).toBe(first.registered);
    expect(failLoad(second)).toEqual(first);
    expect(registerImage(second).registered?.half).toBe('upper');
    expect(nextHalf(registerImage(second))).toBe('lower');
  });
});

describe('refusals', () => {
  const first = loadedInto(reservedRegion(region));
  const inLower = rebootIntoImage(first);

  test('a load when the kernel is in one half and an image in the other, until that is unloaded', () => {
    const full = loadedInto(inLower);
    expect(codeOf(() => startLoad(full, [kernelAt(upper.start)]))).toBe('EBUSY');
    expect(() => nextHalf(full)).toThrow(
      expect.objectContaining({ hint: 'reboot into the registered image, or unload it first' }),
    );
    expect(nextHalf(unloadImage(full))).toBe('upper');
  });

  test('a segment that would damage the registered image, or the running kernel', () => {
    expect(() => startLoad(first, [kernelAt(lower.start + 8n * MIB)])).toThrow(/kernel of the registered image/);
    expect(() => startLoad(inLower, [kernelAt(lower.start + 24n * MIB)])).toThrow(/the running kernel/);
  });

  test('a segment that is outside the half', () => {
    expect(codeOf(() => startLoad(inLower, [kernelAt(upper.end + 1n)]))).toBe('EADDRNOTAVAIL');
    expect(codeOf(() => startLoad(inLower, [kernelAt(upper.start, 33n * MIB)]))).toBe('EADDRNOTAVAIL');
  });

  test('two loads at once, the end of none, a reboot into nothing', () => {
    expect(codeOf(() => startLoad(startLoad(inLower, []), []))).toBe('EALREADY');
    expect(codeOf(() => registerImage(inLower))).toBe('ENOENT');
    expect(codeOf(() => failLoad(inLower))).toBe('ENOENT');
    expect(codeOf(() => rebootIntoImage(inLower))).toBe('ENOENT');
  });
});

test('whatever happens in whatever order, no load writes to a registered image or to the running kernel', () => {
  const step = fc.oneof(
    fc.record({
      type: fc.constant('load' as const),
      // Anywhere in and around the region, so that many are refused.
      mem: fc.integer({ min: -2, max: 66 }).map((mib) => region.start + BigInt(mib) * MIB),
      memsz: fc.integer({ min: 1, max: 34 }).map((mib) => BigInt(mib) * MIB),
    }),
    fc.record({ type: fc.constantFrom('place', 'register', 'fail', 'unload', 'reboot') }),
  );
  let loads = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 40 }), (steps) => {
      // Memory, a MiB at a time, with the number of the load that wrote it last.
      const memory = new Map<bigint, number>();
      let state = reservedRegion(region);
      let [registered, running, loading] = [0, 0, 0];
      const written = (load: number): number => [...memory.values()].filter((writer) => writer === load).length;
      const sizes = new Map([[0, 0]]);
      for (const each of steps) {
        try {
          switch (each.type) {
            case 'register':
              state = registerImage(state);
              registered = loading;
              break;
            case 'fail':
              state = failLoad(state);
              break;
            case 'unload':
              state = unloadImage(state);
              registered = 0;
              break;
            case 'reboot':
              state = rebootIntoImage(state);
              [running, registered] = [registered, 0];
              break;
            default: {
              const segment = 'mem' in each ? kernelAt(each.mem, each.memsz) : undefined;
              state = startLoad(state, [segment ?? kernelAt(halfOf(region, nextHalf(state)).start)]);
              loads += 1;
              loading = loads;
              for (const { mem, memsz } of state.loading?.segments ?? []) {
                for (let at = mem; at < mem + memsz; at += MIB) memory.set(at, loading);
                sizes.set(loading, Number(memsz / MIB));
              }
            }
          }
        } catch (error) {
          if (!(error instanceof RelocationError)) throw error;
        }
        if (registered !== 0) expect(written(registered)).toBe(sizes.get(registered));
        if (running !== 0) expect(written(running)).toBe(sizes.get(running));
        expect(state.registered === undefined).toBe(registered === 0);
      }
    }),
    { numRuns: 200, seed: 5 },
  );
  expect(loads).toBeGreaterThan(200);
});
