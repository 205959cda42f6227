import {
  type Attributes,
  addressInSpace,
  buildTables,
  countTables,
  type Mapping,
  type MemoryType,
  mairValue,
  outputPage,
  type Shape,
  type Space,
  shapeOf,
  TableArena,
  type WalkStep,
  walk,
} from '@kexeckit/arm64-pgtable';
import type { MemoryPiece } from '../src/index.ts';
import type { Random } from './random.ts';

/** Tables for a space in physical memory, and the addresses that are worth asking about. */
export interface BuiltSpace {
  readonly space: Space;
  readonly root: number;
  readonly arena: TableArena;
  readonly addresses: readonly bigint[];
}

/**
 * Random mappings of every size that the space knows, some descriptors changed by hand, and where to ask.
 *
 * @param firstPage where the tables go.
 */
export function randomSpace(space: Space, firstPage: number, random: Random): BuiltSpace {
  const shape = shapeOf(space);
  const mappings = randomMappings(space, shape, random);
  const arena = new TableArena(firstPage, countTables(space, mappings), shape.pageBytes / 4);
  const root = buildTables(space, mappings, arena.pages, arena);
  for (const mapping of mappings) if (random.chance(0.5)) spoilOne(space, shape, root, arena, mapping, random);
  return { space, root, arena, addresses: addressesOf(space, shape, mappings, random) };
}

/** What of an arena is not zero, as pieces of memory: most of a table is empty. */
export function piecesOf(arena: TableArena, shape: Shape): MemoryPiece[] {
  const base = BigInt(arena.pages[0] ?? 0) << BigInt(shape.pageShift);
  const pieces: MemoryPiece[] = [];
  for (let at = 0; at < arena.words.length; at += 1024) {
    const chunk = arena.words.subarray(at, at + 1024);
    if (chunk.every((word) => word === 0)) continue;
    pieces.push({ address: base + BigInt(4 * at), bytes: new Uint8Array(chunk.buffer, chunk.byteOffset, 4096) });
  }
  return pieces;
}

/** Blocks and contiguous groups of each level, single pages, and the last pages of both sides. */
function randomMappings(space: Space, shape: Shape, random: Random): Mapping[] {
  const taken: { from: number; to: number }[] = [];
  const mappings: Mapping[] = [];
  const add = (va: number, pages: number, pa: number): void => {
    const to = va + pages;
    if (va < 0 || to > shape.inputPages || pa < 0 || pa + pages > shape.outputPages) return;
    if (taken.some((other) => va < other.to && to > other.from)) return;
    taken.push({ from: va, to });
    mappings.push({
      va: addressInSpace(space, va),
      pa: BigInt(pa) << BigInt(shape.pageShift),
      size: BigInt(pages) << BigInt(shape.pageShift),
      attributes: randomAttributes(space, random),
      ...(random.chance(0.2) ? { contiguous: false } : {}),
    });
  };
  add(shape.inputPages - 1, 1, shape.outputPages - 1);
  for (let level = Math.max(shape.startLevel, shape.firstBlockLevel); level <= 3; level++) {
    const span = shape.spans[level + 1] ?? 1;
    const group = span * (shape.contiguous[level] ?? 1);
    for (const [align, pages] of [
      [span, span * (1 + random.below(3))],
      [group, group],
    ] as const)
      add(
        random.below(Math.ceil(shape.inputPages / align)) * align,
        pages,
        random.chance(0.3)
          ? Math.floor((shape.outputPages - pages) / align) * align
          : random.below(Math.ceil(shape.outputPages / align)) * align,
      );
  }
  add(random.below(shape.inputPages), 1 + random.below(40), random.below(shape.outputPages));
  return mappings;
}

const types: readonly [MemoryType, ...MemoryType[]] = [
  'Normal',
  'Normal-NC',
  'Device-nGnRE',
  'Device-nGnRnE',
  'Device-nGRE',
  'Device-GRE',
  'Normal-WT',
  'Normal-Tagged',
];

function randomAttributes({ regime }: Space, random: Random): Attributes {
  const type = random.of(types);
  return {
    // Stage 2 does not know tags.
    type: regime === 'stage2' && type === 'Normal-Tagged' ? 'Normal' : type,
    writable: random.chance(0.5),
    executable: random.chance(0.5),
    user: random.chance(0.5),
    userExecutable: random.chance(0.5),
    readable: random.chance(0.7) || regime !== 'stage2',
    shareability: random.of(['none', 'outer', 'inner']),
    accessed: random.chance(0.9),
    notGlobal: random.chance(0.2) && (regime === 'EL1' || regime === 'EL2&0'),
    dirtyManaged: random.chance(0.2),
    guarded: random.chance(0.2),
    software: random.below(16),
  };
}

/** MAIR values that hold all types: the library's own, and one with other indexes and the odd encodings. */
export function randomMair(random: Random): bigint | undefined {
  return random.chance(0.5) ? undefined : ((mairValue() << 24n) | (mairValue() >> 40n)) & (2n ** 64n - 1n);
}

const TABLE = 3;

/** Changes one descriptor on the way to a mapping, as a hand that knows the architecture would. */
function spoilOne(space: Space, shape: Shape, root: number, arena: TableArena, mapping: Mapping, random: Random): void {
  const page = Number((mapping.va - addressInSpace(space, 0)) >> BigInt(shape.pageShift));
  const { steps } = walk(space, root, arena, page);
  const step = steps[random.below(steps.length)];
  if (step === undefined) return;
  const words = arena.page(step.table);
  const flip = (bit: number): void => {
    const at = 2 * step.index + (bit < 32 ? 0 : 1);
    words[at] = (words[at] ?? 0) ^ (1 << (bit % 32));
  };
  const isTable = step.level < 3 && (step.low & 3) === TABLE;
  if (isTable && random.chance(0.7)) for (let bit = 59; bit <= 63; bit++) if (random.chance(0.5)) flip(bit);
  if (random.chance(0.4)) flip(55 + random.below(4));
  if (!isTable && random.chance(0.2)) flip(10); // AF
  if (random.chance(0.2)) spoilType(shape, step, flip, random);
  const paBits = space.paBits ?? 48;
  // LPA2 holds bits 49:48 here too. QEMU 7.2 does not look at bits 51:50 unless TCR asks for 52 bits.
  const held = shape.format === 'LPA2' ? 50 : 48;
  if (paBits < held && random.chance(0.4)) flip(paBits + random.below(held - paBits));
}

/**
 * Makes an entry invalid, a block of a table, or a table of a block: but no block where the level has none, which QEMU
 * 7.2 takes for one, and no table in an output that may be one of the machine's devices.
 */
function spoilType(shape: Shape, { level, low, high }: WalkStep, flip: (bit: number) => void, random: Random): void {
  const toReadable = outputPage(shape, low, high) * shape.pageBytes < 2 ** 40;
  const mayFlip = level === 3 || (level >= lowestBlockLevel(shape) && ((low & 3) === TABLE || !toReadable));
  flip(mayFlip ? random.below(2) : 0);
}

/** As the Arm ARM has it (D8.3.1), and not as the library has it: that is under test. */
function lowestBlockLevel({ granule, format }: Shape): number {
  if (granule === '4K') return format === 'LPA2' ? 0 : 1;
  return format === 'VMSAv8-64' ? 2 : 1;
}

function addressesOf(space: Space, shape: Shape, mappings: readonly Mapping[], random: Random): bigint[] {
  const base = addressInSpace(space, 0);
  const size = 1n << BigInt(space.vaBits);
  // With stage 1 off, more than the machine's 52 bits of address do not get as far as stage 2.
  const mask = (1n << (space.regime === 'stage2' ? 52n : 64n)) - 1n;
  const inside = (): bigint => base + (random.quad() & (size - 1n));
  const atMappings = mappings.flatMap((mapping) => {
    const within = mapping.va + (random.quad() % mapping.size);
    return [mapping.va, mapping.va + mapping.size - 1n, mapping.va - 1n, mapping.va + mapping.size, within];
  });
  const outside = [base - 1n, base + size, base + size + (random.quad() & 0xffff_ffffn), inside() ^ (1n << 56n)];
  const otherHalf = inside() ^ (mask - size + 1n);
  const random8 = Array.from({ length: 8 }, inside);
  const blockEdge = base + (BigInt(shape.spans[3] ?? 1) << BigInt(shape.pageShift));
  return [...atMappings, ...outside, otherHalf, random.quad(), ...random8, blockEdge].map((address) => address & mask);
}
