import { encodeImageHeader, IMAGE_HEADER_SIZE } from '@kexeckit/boot-image';
import { type FdtNode, serializeFdt, setProperty, stringValue, u32Value, u64Value } from '@kexeckit/fdt';
import {
  type BuddyOptions,
  buddyAllocator,
  type PageAllocator,
  planStage,
  type Segment,
  type StagePlan,
  scatteredAllocator,
  type World,
} from '@kexeckit/relocation';

/** 64 GiB in one bank. */
const RAM = [{ start: 0x4000_0000n, end: 0x10_3fff_ffffn }];
const BASE = 0x8000_0000n;

/** What a kexec tells the next kernel. */
const TOLD = [
  { name: 'linux,booted-from-kexec', value: new Uint8Array() },
  { name: 'kaslr-seed', value: new Uint8Array(8) },
  { name: 'rng-seed', value: new Uint8Array(128) },
];

/** With its memory, and nothing else. */
const tree = serializeFdt({ bootCpuidPhys: 0, reservations: [], root: rootWithMemory() });

function rootWithMemory(): FdtNode {
  const memory: FdtNode = { name: 'memory@40000000', properties: [], children: [] };
  setProperty(memory, 'device_type', stringValue('memory'));
  const reg = RAM.flatMap(({ start, end }) => [...u64Value(start), ...u64Value(end - start + 1n)]);
  setProperty(memory, 'reg', Uint8Array.from(reg));
  const root: FdtNode = {
    name: '',
    properties: [],
    children: [memory, { name: 'chosen', properties: TOLD, children: [] }],
  };
  for (const name of ['#address-cells', '#size-cells']) setProperty(root, name, u32Value(2));
  return root;
}

/** The machine with it. */
export const world: World = {
  roles: RAM.map((range) => ({ ...range, role: 'usable', name: 'System RAM' })),
  features: { granules: ['4K'], paBits: 48, sha256: true, vhe: false, dataLine: 64, instructionLine: 64 },
  exceptionLevel: 1,
  vhe: false,
  softRestart: false,
  console: undefined,
  dtb: tree,
};

/** The bytes of these segments, each with memory of its own. */
export function contentsOf(pages: number, content: 'full' | 'zero' = 'full'): Map<string, Uint8Array> {
  const [kernel] = segmentsOf(pages, content);
  const bytes = new Uint8Array(Number(kernel?.bufsz ?? 0n)).fill(7);
  bytes.set(encodeImageHeader({ imageSize: kernel?.memsz ?? 0n }));
  return new Map([
    ['kernel', bytes],
    ['dtb', tree.slice()],
  ]);
}

/** A kernel of so many pages, with content or all zero but for its header and one word, and a device tree. */
function segmentsOf(pages: number, content: 'full' | 'zero' = 'full'): Segment[] {
  const size = BigInt(pages) * 4096n;
  return [
    { name: 'kernel', mem: BASE, memsz: size, bufsz: content === 'full' ? size : BigInt(IMAGE_HEADER_SIZE + 4) },
    { name: 'dtb', mem: BASE + size, memsz: 4096n, bufsz: BigInt(tree.length) },
  ];
}

/** Single pages, as `scatteredAllocator` gives them; or blocks, of a machine that is fragmented so far. */
export function allocatorOf(fragmentation?: BuddyOptions['fragmentation']): PageAllocator {
  return fragmentation === undefined ? scatteredAllocator(RAM, 1) : buddyAllocator(RAM, { seed: 1, fragmentation });
}

/** A plan that copies so many pages, and a device tree. */
export function planOf(
  pages: number,
  allocator: PageAllocator = allocatorOf(),
  contiguous = true,
  content: 'full' | 'zero' = 'zero',
): StagePlan {
  return planStage({
    strategy: 'mmu-on',
    exceptionLevel: 1,
    ram: RAM,
    segments: segmentsOf(pages, content),
    entry: BASE,
    dtb: BASE + BigInt(pages) * 4096n,
    allocator,
    contiguous,
  });
}
