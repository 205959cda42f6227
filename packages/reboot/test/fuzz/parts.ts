import { parseImageHeader } from '@kexeckit/boot-image';
import {
  createTree,
  freeRam,
  locateMemHole,
  mergeRanges,
  type Range,
  rolesOf,
  subtractRanges,
  systemRam,
} from '@kexeckit/ioport';
import {
  addBuffer,
  buddyAllocator,
  CopyRuns,
  crashControlPages,
  emitPurgatory,
  isDivisible,
  Kimage,
  nextHalf,
  planStage,
  reservedRegion,
  type Segment,
  type StageRequest,
  scatteredAllocator,
  startLoad,
  strategies,
  strategyNamed,
} from '@kexeckit/relocation';
import { draftDeviceTree, minimalDeviceTree, placeSegments, readMemoryMap } from '../../src/index.ts';
import { files } from './files.ts';
import { hostileAddress, hostileNumber, hostileText, pretend } from './hostile.ts';
import { randomMap } from './maps.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

const RAM: readonly Range[] = [
  { start: 0x4000_0000n, end: 0x4fff_ffffn },
  { start: 0x8_8000_0000n, end: 0x8_8fff_ffffn },
];

const REGION: Range = { start: 0x4000_0000n, end: 0x47ff_ffffn };

function hostileRange(random: Random): Range {
  const start = hostileAddress(random);
  return { start, end: random.chance(0.8) ? start + hostileAddress(random) : hostileAddress(random) };
}

const someRanges = (random: Random): Range[] => Array.from({ length: random.below(5) }, () => hostileRange(random));

const ramOf = (random: Random): readonly Range[] => (random.chance(0.6) ? RAM : someRanges(random));

/** A segment that is right but for what `odd` decides. */
function segmentAt(index: number, random: Random, odd: number): Segment {
  const base = 0x4020_0000n + BigInt(index) * 0x10_0000n;
  const or = <T>(right: T, hostile: () => T): T => (random.chance(odd) ? hostile() : right);
  return {
    name: or(['kernel', 'initrd', 'dtb'][index] ?? `s${index}`, () => hostileText(random)),
    mem: or(base, () => hostileAddress(random)),
    memsz: or(0x8000n, () => hostileAddress(random)),
    bufsz: or(0x7123n, () => hostileAddress(random)),
  };
}

const segmentsOf = (random: Random, odd = 0.2): Segment[] =>
  Array.from({ length: random.chance(odd) ? random.pick([0, 1, 17]) : 3 }, (_, index) => segmentAt(index, random, odd));

/** What is planned: all right, or with a few things that are not. */
function stageRequest(random: Random): StageRequest {
  const odd = random.pick([0, 0.02, 0.1]);
  const or = <T>(right: T, hostile: () => T): T => (random.chance(odd) ? hostile() : right);
  const ram = or(RAM, () => someRanges(random));
  const segments = segmentsOf(random, odd);
  const strategy = random.pick(strategies);
  const digests = new Map(segments.map((segment) => [segment.name, random.bytes(or(32, () => 31))]));
  const exceptionLevel = or(random.pick([1, 2] as const), () => pretend<1 | 2>(random.pick(['0', '3', '0.5'])));
  return {
    strategy: or(strategy.name, () => pretend<'mmu-on'>('"magic"')),
    exceptionLevel,
    vhe: or(exceptionLevel === 2, () => true) && random.chance(0.3),
    softRestart: or(exceptionLevel === 1, () => true) && random.chance(0.3),
    digests: or(strategy.canVerify, () => true) && random.chance(0.5) ? digests : undefined,
    breadcrumbs: random.chance(0.3)
      ? { uart: or(0x900_0000n, () => hostileAddress(random)), everyPages: or(64, () => hostileNumber(random)) }
      : undefined,
    ram,
    region: or(strategy.region !== undefined, () => true) ? or(REGION, () => hostileRange(random)) : undefined,
    segments,
    entry: or(0x4020_0000n, () => hostileAddress(random)),
    dtb: or(0x4040_0000n, () => hostileAddress(random)),
    allocator: scatteredAllocator(
      ram,
      or(random.below(100), () => hostileNumber(random)),
    ),
    contiguous: random.chance(0.5),
  };
}

/** Planning and loading without the road around them. */
export const stage: Target = {
  name: 'stage',
  run(random) {
    return planStage(stageRequest(random));
  },
};

type Part = (random: Random) => unknown;

const holeRequest = (random: Random) => ({
  size: hostileAddress(random),
  align: random.chance(0.7) ? 1n << BigInt(random.below(65)) : hostileAddress(random),
  ...(random.chance(0.5) && { min: hostileAddress(random) }),
  ...(random.chance(0.5) && { max: hostileAddress(random) }),
  topDown: random.chance(0.5),
  avoid: someRanges(random),
});

const parts: readonly Part[] = [
  (random) => locateMemHole(someRanges(random), holeRequest(random)),
  (random) => mergeRanges(subtractRanges(someRanges(random), someRanges(random))),
  (random) => {
    const tree = random.chance(0.9) ? randomMap(random) : createTree();
    return [rolesOf(tree), freeRam(tree), systemRam(tree)];
  },
  (random) =>
    readMemoryMap(randomMap(random), strategyNamed(random.pick(strategies).name), {
      wish: { asked: random.chance(0.5) ? hostileText(random) : undefined, byDefault: '4M' },
    }),
  (random) =>
    placeSegments(someRanges(random), {
      header: { ...parseImageHeader(files.kernel), imageSize: hostileAddress(random) },
      kernelSize: random.chance(0.5) ? 70_000 : hostileNumber(random),
      initrdSize: random.chance(0.5) ? undefined : hostileNumber(random),
      dtbSize: random.chance(0.5) ? 4000 : hostileNumber(random),
    }),
  (random) => {
    const region = hostileRange(random);
    if (!isDivisible(region)) return undefined;
    const state = reservedRegion(region);
    return [nextHalf(state), startLoad(state, segmentsOf(random))];
  },
  (random) => {
    const segments = segmentsOf(random);
    const image = new Kimage(segments, scatteredAllocator(RAM, 1), { contiguous: random.chance(0.5) });
    for (const segment of segments) image.loadSegment(segment);
    image.terminate();
    return image.controlPages(random.below(4), random.pick([0, 0, 1, 10]));
  },
  (random) => {
    const fragmentation = random.chance(0.5) ? 0.5 : hostileNumber(random);
    const largestLeft = random.chance(0.5) ? 3 : hostileNumber(random);
    const free = random.chance(0.1) ? [{ start: 0x4000_0000n, end: 0x43ff_ffffn }] : someRanges(random);
    return buddyAllocator(free.filter(isSmallOrAbsurd), {
      seed: hostileNumber(random),
      fragmentation,
      largestLeft,
    }).allocate(0);
  },
  (random) => scatteredAllocator(someRanges(random), random.below(1000)).allocate(0),
  (random) =>
    CopyRuns.of([{ source: hostileNumber(random), destination: hostileNumber(random), pages: hostileNumber(random) }])
      .pages,
  (random) =>
    addBuffer(
      {
        name: 'initrd',
        bufsz: hostileAddress(random),
        memsz: hostileAddress(random),
        align: 1n << BigInt(random.below(64)),
        min: hostileAddress(random),
        max: hostileAddress(random),
        topDown: random.chance(0.5),
      },
      { ranges: someRanges(random), segments: segmentsOf(random) },
    ),
  (random) => crashControlPages(segmentsOf(random), hostileRange(random)).allocate(random.below(11)),
  (random) => {
    const segments = segmentsOf(random);
    return emitPurgatory({
      exceptionLevel: 1,
      base: random.chance(0.8) ? 0x4080_0000n : hostileAddress(random),
      segments,
      digests: new Map(segments.map(({ name }) => [name, random.bytes(32)])),
      entry: 0x4020_0000n,
      dtb: 0x4040_0000n,
      ram: ramOf(random),
    });
  },
  (random) => {
    const blob = minimalDeviceTree(
      random.chance(0.5) ? RAM : someRanges(random),
      random.chance(0.8) ? 2 : hostileNumber(random),
    );
    const draft = draftDeviceTree(blob, {
      cmdline: hostileText(random),
      hasInitrd: random.chance(0.5),
      entropy: random.bytes(random.below(40)),
      ...(random.chance(0.3) && { region: { property: hostileText(random), range: hostileRange(random) } }),
    });
    return draft.write(random.chance(0.5) ? undefined : hostileRange(random));
  },
];

/** Free memory whose list takes seconds is allowed, and a matter of size. */
const isSmallOrAbsurd = ({ start, end }: Range): boolean => end - start < 1n << 36n || end - start > 1n << 45n;

/** Every function that takes addresses, sizes or ranges. */
export const anyPart: Target = {
  name: 'parts',
  run(random) {
    return random.pick(parts)(random);
  },
};
