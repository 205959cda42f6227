import { encodeImageHeader } from '@kexeckit/boot-image';
import { ensureNode, type Fdt, serializeFdt, setProperty, stringValue, u32Value, u64Value } from '@kexeckit/fdt';
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

/** Regions inside the first bank. */
export const region = { start: 0x4600_0000n, end: 0x46ff_ffffn };
const crashRegion = { start: 0x4700_0000n, end: 0x47ff_ffffn };

/** What is free of it. */
const free = [{ start: 0x4000_0000n, end: region.start - 1n }, ram[1] ?? region];

const INITRD_SIZE = 0x4321n;
const DTB_SIZE = treeFor().length;

/** A small reboot: a kernel with a BSS, an initrd that ends within a page, a device tree. */
export function exampleSegments(base = 0x4020_0000n): Segment[] {
  return [
    { name: 'kernel', mem: base, memsz: 3n * MIB, bufsz: 2n * MIB + 100n },
    { name: 'initrd', mem: base + 3n * MIB, memsz: 0x5000n, bufsz: INITRD_SIZE },
    { name: 'dtb', mem: base + 4n * MIB, memsz: 0x1000n, bufsz: BigInt(DTB_SIZE) },
  ];
}

/** A device tree with the memory of the example, an empty command line, and an initrd: at 0, or somewhere. */
function treeFor(initrd = 0n): Uint8Array {
  const fdt: Fdt = { bootCpuidPhys: 0, reservations: [], root: { name: '', properties: [], children: [] } };
  for (const name of ['#address-cells', '#size-cells']) setProperty(fdt.root, name, u32Value(2));
  for (const { start, end } of ram) {
    const memory = ensureNode(fdt, `/memory@${start.toString(16)}`);
    setProperty(memory, 'device_type', stringValue('memory'));
    setProperty(memory, 'reg', Uint8Array.from([...u64Value(start), ...u64Value(end - start + 1n)]));
  }
  const chosen = ensureNode(fdt, '/chosen');
  setProperty(chosen, 'bootargs', stringValue('quiet'));
  setProperty(chosen, 'linux,initrd-start', u64Value(initrd));
  setProperty(chosen, 'linux,initrd-end', u64Value(initrd + INITRD_SIZE));
  setProperty(chosen, 'linux,booted-from-kexec', new Uint8Array());
  setProperty(chosen, 'kaslr-seed', u64Value(1));
  setProperty(chosen, 'rng-seed', new Uint8Array(32));
  fdt.reservations.push({ address: initrd, size: INITRD_SIZE });
  return serializeFdt(fdt);
}

/** Bytes that differ from page to page, so that a page in the wrong place is seen; a header, and a device tree. */
function exampleContents(segments: readonly Segment[]): SegmentContents {
  const contents = new Map<string, Uint8Array>(
    segments.map(({ name, bufsz }, number) => [
      name,
      Uint8Array.from({ length: Number(bufsz) }, (_, at) => (at * 7 + (at >>> 12) + number) & 0xff),
    ]),
  );
  contents.get('kernel')?.set(encodeImageHeader({ imageSize: segments[0]?.memsz ?? 0n }));
  contents.set('dtb', treeFor(segments[1]?.mem));
  return contents;
}

/** The machine that the example is planned for. */
function worldAt(exceptionLevel: 1 | 2): World {
  return {
    roles: [
      { start: 0x4000_0000n, end: region.start - 1n, role: 'usable', name: 'System RAM' },
      { ...region, role: 'kexec region', name: 'Kexec kernel' },
      { ...crashRegion, role: 'crash region', name: 'Crash kernel' },
      { start: 0x9_0000_0000n, end: 0x9_3fff_ffffn, role: 'usable', name: 'System RAM' },
    ],
    features: { granules: ['4K'], paBits: 40, sha256: true, vhe: false, dataLine: 64, instructionLine: 64 },
    exceptionLevel,
    vhe: false,
    softRestart: false,
    console: undefined,
    dtb: treeFor(),
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
  const place = parameter === undefined ? undefined : parameter === 'crashkernel' ? crashRegion : region;
  const segments = exampleSegments(place?.start);
  const [kernel, , dtb] = segments;
  const plan = planStage({
    strategy: name,
    exceptionLevel,
    ram,
    ...(place !== undefined && { region: place }),
    segments,
    entry: kernel?.mem ?? 0n,
    dtb: dtb?.mem ?? 0n,
    allocator: scatteredAllocator(free, seed),
  });
  const contents = exampleContents(segments);
  return { plan, contents, image: loadImage(plan, contents), world: worldAt(exceptionLevel) };
}

/** A plan that moves pages. @throws where it moves none: the test is wrong. */
export function moving(plan: StagePlan): RelocationPlan {
  if (plan.kind !== 'relocation') throw new Error('the plan moves no pages');
  return plan;
}
