import { type Range, systemRam } from '@kexeckit/ioport';
import {
  loadImage,
  planStage,
  type Segment,
  type StrategyName,
  scatteredAllocator,
  segmentDigest,
} from '@kexeckit/relocation';
import { generateWorkload, type LoadedReboot, type Reality, SimulatedMachine } from '../../src/index.ts';
import { planAround } from '../../src/testing/index.ts';

/** Where a routine is entered, and where it hands over. */
export const states = {
  EL1: { exceptionLevel: 1 },
  EL2: { exceptionLevel: 2 },
  VHE: { exceptionLevel: 2, vhe: true },
  'soft restart': { exceptionLevel: 1, softRestart: true },
} as const;

/** What a routine is emitted for. `mixed`: the kernel is copied, the rest lies in a region. */
export interface Variant {
  readonly strategy: StrategyName | 'mixed';
  readonly state: keyof typeof states;
  readonly verify: boolean;
  readonly breadcrumbs: boolean;
}

/** A reboot of a variant, and the machine that it is for. */
export interface Subject {
  readonly loaded: LoadedReboot;
  readonly reality: Reality;
}

/** One segment of noise. Its last `zeros` bytes are not in the file. */
function segmentOf(name: string, mem: bigint, pages: number, zeros = 0): { segment: Segment; content: Uint8Array } {
  const bufsz = 4096 * pages - zeros;
  const { kernel } = generateWorkload(4096 * pages, 0, Number(mem >> 20n));
  const content = kernel.slice(0, bufsz);
  return { segment: { name, mem, memsz: BigInt(4096 * pages), bufsz: BigInt(bufsz) }, content };
}

/** Where segments lie: above the pages of the plan, as different as that can be. */
const BASE = 0x9000_0000n;

/**
 * A kernel that ends in zeros, and a device tree that fills its page. Three segments where some may be left out by
 * mistake, or marks come every two pages; one page each where only digests count.
 */
function cargoOf({ strategy, breadcrumbs }: Variant) {
  const pages = strategy === 'reserved' ? 1 : breadcrumbs ? 4 : 3;
  const parts = [
    segmentOf('kernel', BASE, pages, 100),
    ...(breadcrumbs || strategy === 'mixed' ? [segmentOf('initrd', BASE + 0x20_0000n, 1)] : []),
    segmentOf('dtb', BASE + 0x40_0000n, 1),
  ];
  const contents = new Map(parts.map(({ segment, content }) => [segment.name, content]));
  const digests = new Map(parts.map(({ segment, content }) => [segment.name, segmentDigest(segment, content)]));
  return { contents, segments: parts.map(({ segment }) => segment), digests };
}

/** Where the plan's own pages are. */
const free = [{ start: 0x8100_0000n, end: 0x81ff_ffffn }];
/** Pages go to where the kernel takes more than one run, and one of them is of two pages or more. */
const SEED = 29;

const regions: Partial<Record<Variant['strategy'], Range>> = {
  reserved: { start: BASE, end: BASE + 0x5f_ffffn },
  'crash-region': { start: BASE, end: BASE + 0x5f_ffffn },
  mixed: { start: BASE + 0x20_0000n, end: BASE + 0x5f_ffffn },
};

/** As small as a reboot can be that uses every instruction. */
export async function subjectOf(variant: Variant): Promise<Subject> {
  const { strategy, state, verify, breadcrumbs } = variant;
  const reality = await new SimulatedMachine(states[state]).describe();
  const { exceptionLevel, vhe, softRestart, memory, console } = reality;
  const { contents, segments, digests } = cargoOf(variant);
  const stage = planStage({
    strategy: strategy === 'mixed' ? 'reserved' : strategy,
    ...{ exceptionLevel, vhe, softRestart, segments, ram: systemRam(memory) },
    ...{ entry: BASE, dtb: BASE + 0x40_0000n },
    region: regions[strategy],
    digests: verify ? digests : undefined,
    // Marks come every two pages: more than one must come.
    breadcrumbs: breadcrumbs && console ? { uart: console.address, everyPages: 2 } : undefined,
    allocator: scatteredAllocator(free, SEED),
  });
  return { loaded: { plan: planAround(stage), contents, image: loadImage(stage, contents) }, reality };
}
