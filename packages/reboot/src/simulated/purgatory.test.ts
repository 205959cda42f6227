import { Machine } from '@kexeckit/arm64-machine';
import {
  breadcrumbs,
  type EmittedPurgatory,
  type ExecutionState,
  emitPurgatory,
  type Segment,
  segmentDigest,
} from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { generateWorkload } from '../workload.ts';

const ram = [{ start: 0x4000_0000n, end: 0x5fff_ffffn }];
const uart = 0x0900_0000n;
const base = 0x4f00_0000n;
const { kernel, initrd } = generateWorkload(50_000, 30_001, 1);
const contents = new Map([
  ['kernel', kernel],
  ['initrd', initrd],
  ['dtb', new Uint8Array(300).fill(3)],
]);

/** A kernel with a BSS, an initrd that ends within a page, a device tree. */
const segments: readonly Segment[] = [
  { name: 'kernel', mem: 0x4020_0000n, memsz: 0x1_0000n, bufsz: 50_000n },
  { name: 'initrd', mem: 0x4800_0000n, memsz: 0x8000n, bufsz: 30_001n },
  { name: 'dtb', mem: 0x4810_0000n, memsz: 0x1000n, bufsz: 300n },
];
const digests = new Map(
  segments.map((segment) => [segment.name, segmentDigest(segment, contents.get(segment.name) ?? new Uint8Array())]),
);

const states: readonly { readonly what: string; readonly state: ExecutionState }[] = [
  { what: 'EL1', state: { exceptionLevel: 1 } },
  { what: 'EL2', state: { exceptionLevel: 2 } },
  { what: 'EL2 with VHE', state: { exceptionLevel: 2, vhe: true } },
];
/** Nobody does what hardware may do at any moment, or adversaries do it. */
const seeds = [undefined, 1, 2, 3];
const HCR_VHE = (1n << 34n) | (1n << 31n) | (1n << 27n);

function purgatoryFor(state: ExecutionState): EmittedPurgatory {
  const [entry = 0n, , dtb = 0n] = segments.map(({ mem }) => mem);
  return emitPurgatory({ ...state, base, segments, digests, entry, dtb, ram, breadcrumbs: { uart, everyPages: 1 } });
}

/** The machine as Linux's relocation leaves it: everything in its place and clean, MMU off, and old translations left. */
function machineAt(purgatory: EmittedPurgatory, state: ExecutionState, seed: number | undefined): Machine {
  const { exceptionLevel, vhe } = state;
  const machine = new Machine({ ram, exceptionLevel, console: uart, ...(seed !== undefined && { seed }) });
  const { cpu } = machine;
  for (const segment of segments) load(machine, segment, contents.get(segment.name) ?? new Uint8Array());
  load(machine, purgatory.segment, purgatory.bytes);
  const frame = machine.memory.frame(0x5000_0);
  const stale = { pfn: 0x5000_0, writable: true, executable: true, cacheable: true, device: false };
  for (const { mem } of [...segments, purgatory.segment])
    if (frame !== undefined) cpu.mmu.leaveStale(Number(mem >> 12n), { ...stale, frame });
  if (vhe) cpu.system.set('hcr_el2', HCR_VHE);
  cpu.contextSynchronized();
  cpu.pc = purgatory.entry;
  return machine;
}

function load(machine: Machine, { mem, memsz }: Segment, content: Uint8Array): void {
  const words = new Uint32Array(Number(memsz) / 4);
  new Uint8Array(words.buffer).set(content);
  machine.load(mem, words);
}

/** Changes one bit behind everybody's back. */
function corrupt(machine: Machine, address: bigint): void {
  const bytes = machine.memory.frame(Number(address >> 12n))?.bytes();
  const at = Number(address & 0xfffn);
  if (bytes !== undefined) bytes[at] = (bytes[at] ?? 0) ^ 0x10;
}

/** Runs to the jump or to where it stops. */
function runToEnd(machine: Machine, { jump, halt }: EmittedPurgatory): void {
  machine.cpu.breakAt(jump);
  machine.cpu.breakAt(halt);
  const { reason } = machine.run(2_000_000);
  expect(reason).toBe('breakpoint');
}

const everyCase = states.flatMap(({ what, state }) => seeds.map((seed) => ({ what, state, seed })));

describe('a purgatory on the strict machine', () => {
  test.for(everyCase)('hands over as the boot protocol wants it, at $what, adversary $seed', ({ state, seed }) => {
    const purgatory = purgatoryFor(state);
    const machine = machineAt(purgatory, state, seed);
    const { cpu, memory } = machine;
    runToEnd(machine, purgatory);
    expect(machine.console?.text).toBe('kmvoj');
    expect(cpu.pc).toBe(purgatory.jump);
    expect([0, 1, 2, 3].map((register) => cpu.registers.get(register))).toEqual([segments[2]?.mem, 0n, 0n, 0n]);
    expect(cpu.system.effective).toMatchObject({ mmu: false, dataCache: false });
    expect(cpu.daif).toBe(0xf);
    for (let frame = 0; frame < memory.touchedFrames; frame++) expect(memory.touchedFrame(frame)?.dirtyLines()).toBe(0);
    cpu.clearBreak(purgatory.jump);
    cpu.run(1);
    expect(cpu.pc).toBe(segments[0]?.mem);
  });

  test.for(everyCase)('stops for one wrong bit of any segment, at $what, adversary $seed', ({ state, seed }) => {
    const purgatory = purgatoryFor(state);
    for (const [index, { mem, memsz, bufsz }] of segments.entries()) {
      // The first byte, the last of the content, and the last of the zeros behind it.
      for (const offset of [0n, bufsz - 1n, memsz - 1n]) {
        const machine = machineAt(purgatory, state, seed);
        corrupt(machine, mem + offset);
        runToEnd(machine, purgatory);
        expect(machine.cpu.pc).toBe(purgatory.halt);
        expect(machine.console?.text).toBe(`km${breadcrumbs.mismatch}${'abc'[index]}`);
      }
    }
  });

  test('writes to its workspace, and nowhere else', () => {
    const state: ExecutionState = { exceptionLevel: 1 };
    const purgatory = purgatoryFor(state);
    const machine = machineAt(purgatory, state, undefined);
    const { memory } = machine;
    const framesNow = (): (readonly [number, Uint8Array])[] =>
      Array.from({ length: memory.touchedFrames }, (_, at) => [
        memory.touchedPfn(at),
        memory.touchedFrame(at)?.bytes().slice() ?? new Uint8Array(),
      ]);
    const before = new Map(framesNow());
    runToEnd(machine, purgatory);
    const written = framesNow().filter(([pfn, bytes]) => !bytes.every((byte, at) => byte === before.get(pfn)?.[at]));
    // The third page of its own: the workspace.
    expect(written.map(([pfn]) => pfn)).toEqual([Number(base >> 12n) + 2]);
  });
});
