import {
  createResource,
  createTree,
  IORESOURCE,
  IoportError,
  insertResource,
  parseIomem,
  type ResourceTree,
  requestResourceConflict,
} from '@kexeckit/ioport';
import { hostileAddress } from './hostile.ts';
import type { Random } from './random.ts';

const NAMES = [
  'System RAM',
  'System RAM',
  'System RAM',
  'reserved',
  'Reserved',
  'Kernel code',
  'Kernel data',
  'Crash kernel',
  'Kexec kernel',
  'System RAM (kmem)',
  'Soft Reserved',
  'ACPI Tables',
  '',
  'pl011@9000000',
];

const RAM = (IORESOURCE.SYSTEM_RAM | IORESOURCE.BUSY) >>> 0;
const FLAGS = [IORESOURCE.MEM, RAM, RAM, IORESOURCE.MEM | IORESOURCE.BUSY, IORESOURCE.SYSRAM_DRIVER_MANAGED, 0];

const hex = (value: bigint): string => BigInt.asUintN(64, value).toString(16).padStart(8, '0');

/** Text as /proc/iomem has it, mostly: in order, nested, with ranges at the ends of everything. */
function mapText(random: Random): string {
  const lines: string[] = [];
  let at = random.pick([
    0n,
    0x4000_0000n,
    0x8000_0000n,
    1n << 47n,
    (1n << 48n) - 0x800_0000n,
    (1n << 52n) - 0x800_0000n,
  ]);
  for (let count = random.below(8); count >= 0; count--) {
    const size = random.pick([0x1000n, 0x1001n, 0x20_0000n, 0x400_0000n, 0x4000_0000n, hostileAddress(random)]);
    const end = at + (size > 0n ? size : 1n) - 1n;
    lines.push(`${hex(at)}-${hex(end)} : ${random.pick(NAMES)}`);
    if (random.chance(0.5)) nest(lines, '  ', at, end, random);
    at = end + 1n + random.pick([0n, 0n, 1n, 0x1000n, 0x20_0000n, 1n << 40n]);
  }
  return `${lines.join('\n')}\n`;
}

function nest(lines: string[], indent: string, start: bigint, end: bigint, random: Random): void {
  const step = (end - start) / BigInt(1 + random.below(6)) + 1n;
  for (let at = start; at + step / 2n < end; at += step) {
    const last = at + random.pick([0n, step / 2n, step - 1n]);
    if (last > end) return;
    lines.push(`${indent}${hex(at)}-${hex(last)} : ${random.pick(NAMES)}`);
    if (random.chance(0.2)) nest(lines, `${indent}  `, at, last, random);
  }
}

/** A tree that no text has: reversed, overlapping, with flags that contradict the names. */
function oddTree(random: Random): ResourceTree {
  const tree = createTree();
  for (let count = random.below(10); count >= 0; count--) {
    const start = hostileAddress(random);
    const end = random.chance(0.8)
      ? start + (hostileAddress(random) >> BigInt(random.below(40)))
      : hostileAddress(random);
    const spec = { name: random.pick(NAMES), start, end, flags: random.pick(FLAGS) };
    if (random.chance(0.5)) requestResourceConflict(tree.root, createResource(spec));
    else insertIfPossible(tree, spec);
  }
  return tree;
}

function insertIfPossible(tree: ResourceTree, spec: Parameters<typeof insertResource>[1]): void {
  try {
    insertResource(tree, spec);
  } catch (error) {
    if (!(error instanceof IoportError)) throw error;
  }
}

/** A memory map. @throws IoportError for text that is none. */
export function randomMap(random: Random): ResourceTree {
  if (random.chance(0.3)) return oddTree(random);
  const text = mapText(random);
  if (random.chance(0.9)) return parseIomem(text);
  const at = random.below(text.length);
  return parseIomem(
    text.slice(0, at) + random.pick(['', ' ', '-', 'g', '\n', '  ']) + text.slice(at + random.below(3)),
  );
}
