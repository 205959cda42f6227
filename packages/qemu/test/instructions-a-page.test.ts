import { Assembler, x0, x1, x2 } from '@kexeckit/a64';
import { Machine } from '@kexeckit/arm64-machine';
import {
  addressOf,
  type ExceptionLevel,
  loadImage,
  type MemoryImage,
  planStage,
  type StagePlan,
  scatteredAllocator,
} from '@kexeckit/relocation';
import { whyNoQemu } from '@kexeckit/testing';
import { expect, test } from 'vitest';
import { BARE_METAL_BASE, runBareMetal } from '../src/index.ts';

const MIB = 1n << 20n;
const MEMORY = 64n * MIB;
const TIME = BARE_METAL_BASE + 0x1000n;
/** Where sources, destinations and control pages may be. */
const ram = [{ start: BARE_METAL_BASE + MIB, end: BARE_METAL_BASE + MEMORY - 2n * MIB - 1n }];
const PAGES = 2000;

/** A program that times the routine: it jumps there, and the routine comes back to `after`. */
function timer(routine: bigint): { words: Uint32Array; after: bigint } {
  const a = new Assembler({ origin: BARE_METAL_BASE });
  a.loadConstant(x1, TIME).loadConstant(x2, routine).emit('mrs', x0, 'cntvct_el0').emit('str', x0, x1, 0);
  a.emit('br', x2).label('after').emit('mrs', x0, 'cntvct_el0');
  a.loadConstant(x1, TIME).emit('mrs', x2, 'cntfrq_el0').emit('str', x0, x1, 8).emit('str', x2, x1, 16);
  a.emit('b', 'end').pool().label('end').emit('nop');
  return { words: a.words(), after: BARE_METAL_BASE + BigInt(a.offsetOf('after')) };
}

interface Copy {
  readonly plan: StagePlan;
  readonly image: MemoryImage;
}

/** A plan that copies so many scattered pages, and verifies nothing. */
function copyOf(pages: number, exceptionLevel: ExceptionLevel): Copy {
  const size = BigInt(pages) * 4096n;
  const mem = BARE_METAL_BASE + MIB;
  const plan = planStage({
    ...{ strategy: 'mmu-on', exceptionLevel, ram, dtb: mem },
    segments: [{ name: 'kernel', mem, memsz: size, bufsz: size }],
    entry: timer(0n).after,
    allocator: scatteredAllocator(ram, 1),
  });
  return { plan, image: loadImage(plan, new Map([['kernel', new Uint8Array(Number(size)).fill(0x5a)]])) };
}

/** Instructions up to the jump. */
function retiredHere({ plan, image }: Copy): number {
  const machine = new Machine({ ram, exceptionLevel: plan.exceptionLevel });
  for (const [pfn, bytes] of image.pages()) machine.load(addressOf(pfn), bytes);
  machine.cpu.pc = plan.start;
  machine.cpu.breakAt(plan.jump);
  expect(machine.run(10_000_000).reason).toBe('breakpoint');
  return machine.cpu.counters.instructions;
}

/** Instructions between two looks at the clock, in steps of the clock's period, which is the other result. */
async function retiredOnQemu({ plan, image }: Copy): Promise<{ instructions: number; period: number }> {
  const { words, after } = timer(plan.start);
  expect(after).toBe(plan.placement.entry);
  const memory = [...image.pages()].map(([pfn, bytes]) => ({ address: addressOf(pfn), bytes }));
  const { results } = await runBareMetal(
    { words, address: BARE_METAL_BASE, memory, results: [{ address: TIME, size: 24 }] },
    { exceptionLevel: plan.exceptionLevel, memory: MEMORY, countInstructions: true },
  );
  const [began = 0n, ended = 0n, frequency = 1n] = new BigUint64Array(results[0]?.buffer ?? new ArrayBuffer());
  const period = 1e9 / Number(frequency);
  return { instructions: Number(ended - began) * period, period };
}

test.for([1, 2] as const)(
  'QEMU retires as many instructions a page as the strict machine, EL%i',
  async (level, { skip }) => {
    const reason = whyNoQemu();
    if (reason !== undefined) skip(reason);
    const [once, twice] = [copyOf(PAGES, level), copyOf(2 * PAGES, level)];
    const here = retiredHere(twice) - retiredHere(once);
    const [first, second] = [await retiredOnQemu(once), await retiredOnQemu(twice)];
    const there = second.instructions - first.instructions;
    // Each of the four looks at the clock may be up to a period behind.
    expect(Math.abs(there - here)).toBeLessThanOrEqual(2 * first.period);
    expect(here / PAGES).toBeLessThanOrEqual(700);
  },
);
