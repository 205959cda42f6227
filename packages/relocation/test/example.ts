import {
  loadImage,
  type MemoryImage,
  planStage,
  type RelocationPlan,
  type Segment,
  type SegmentContents,
  type StagePlan,
  scatteredAllocator,
  strategyNamed,
  type World,
} from '../src/index.ts';
import { MIB } from '../src/page.ts';

/** Two banks of RAM, the second far away. */
export const ram = [
  { start: 0x4000_0000n, end: 0x47ff_ffffn },
  { start: 0x9_0000_0000n, end: 0x9_3fff_ffffn },
];

/** A region inside the first bank. */
export const region = { start: 0x4600_0000n, end: 0x46ff_ffffn };

/** A small reboot: a kernel with a BSS, an initrd that ends within a page, a device tree. */
export function exampleSegments(base = 0x4020_0000n): Segment[] {
  return [
    { name: 'kernel', mem: base, memsz: 3n * MIB, bufsz: 2n * MIB + 100n },
    { name: 'initrd', mem: base + 3n * MIB, memsz: 0x5000n, bufsz: 0x4321n },
    { name: 'dtb', mem: base + 4n * MIB, memsz: 0x1000n, bufsz: 64n },
  ];
}

/** Bytes that differ from page to page, so that a page in the wrong place is seen. */
function exampleContents(segments: readonly Segment[]): SegmentContents {
  return new Map(
    segments.map(({ name, bufsz }, number) => [
      name,
      Uint8Array.from({ length: Number(bufsz) }, (_, at) => (at * 7 + (at >>> 12) + number) & 0xff),
    ]),
  );
}

/** The machine that the example is planned for. */
export function worldAt(exceptionLevel: 1 | 2): World {
  return {
    roles: ram.map((range) => ({ ...range, role: 'usable', name: 'System RAM' })),
    features: { granules: ['4K'], paBits: 40, sha256: true, vhe: false, dataLine: 64, instructionLine: 64 },
    exceptionLevel,
    vhe: false,
    softRestart: false,
    console: undefined,
    dtb: new Uint8Array(),
  };
}

export interface Example {
  readonly plan: StagePlan;
  readonly world: World;
  readonly contents: SegmentContents;
  readonly image: MemoryImage;
}

/** Plans and loads the example, with a strategy of this name. */
export function example(strategy = 'mmu-on', exceptionLevel: 1 | 2 = 1, seed = 7): Example {
  const { name, region: parameter } = strategyNamed(strategy);
  const needsRegion = parameter !== undefined;
  const segments = exampleSegments(needsRegion ? region.start : undefined);
  const [kernel, , dtb] = segments;
  const plan = planStage({
    strategy: name,
    exceptionLevel,
    ram,
    ...(needsRegion && { region }),
    segments,
    entry: kernel?.mem ?? 0n,
    dtb: dtb?.mem ?? 0n,
    allocator: scatteredAllocator(ram, seed),
  });
  const contents = exampleContents(segments);
  return { plan, contents, image: loadImage(plan, contents), world: worldAt(exceptionLevel) };
}

/** A plan that moves pages. @throws where it moves none: the test is wrong. */
export function moving(plan: StagePlan): RelocationPlan {
  if (plan.kind !== 'relocation') throw new Error('the plan moves no pages');
  return plan;
}
