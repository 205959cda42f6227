import { decode, encode, print } from '@kexeckit/a64';
import { type MachineFault, zeroCounters } from '@kexeckit/arm64-machine';
import { copiesOf, pfnOf } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import type { LoadedReboot } from '../machine/machine.ts';
import { figureOf } from '../machine/report.ts';
import type { RebootRequest } from '../plan/request.ts';
import type { Reality } from '../reality/reality.ts';
import { proveReboot, reboot } from '../road/reboot.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import type { SimulatedOptions } from '../simulated/options.ts';
import { generateWorkload } from '../workload.ts';
import { blockWords } from './block-words.ts';
import { StrictRun, type StrictStop } from './strict-run.ts';

const request: RebootRequest = { ...generateWorkload(150_000, 90_001, 1), cmdline: '', strategy: 'mmu-on', seed: 1 };
const soft: SimulatedOptions = { exceptionLevel: 1, softRestart: true };

async function loadedOn(
  options: SimulatedOptions = {},
  wishes: Partial<RebootRequest> = {},
): Promise<{ readonly loaded: LoadedReboot; readonly reality: Reality }> {
  const { reality, ...loaded } = await proveReboot(new SimulatedMachine(options), { ...request, ...wishes });
  return { loaded, reality };
}

/** Takes an instruction out of the routine, wherever it stands. */
function leaveOut({ plan, image }: LoadedReboot, isMeant: (text: string) => boolean): void {
  const page = image.writable(pfnOf(plan.stage.start));
  const words = new Uint32Array(page.buffer, page.byteOffset, page.length / 4);
  let found = 0;
  for (const [at, word] of words.entries()) {
    if (decode(word) === undefined || !isMeant(print(word))) continue;
    words[at] = encode('nop');
    found += 1;
  }
  if (found === 0) throw new TypeError('there is no such instruction');
}

/** Everything that anybody could see of a machine where it stands. */
function allOf({ machine }: StrictRun): unknown {
  const { cpu, memory, console } = machine;
  const frames: unknown[] = [];
  for (let at = 0; at < memory.touchedFrames; at++) {
    const frame = memory.touchedFrame(at);
    if (frame === undefined) continue;
    let sum = 0;
    for (const [word, value] of frame.memory.entries()) sum = (Math.imul(sum, 31) + value + word) | 0;
    let cached = 0;
    const { lineShift, lines } = frame;
    for (const [word, value] of (frame.cache ?? []).entries())
      if (lines[(4 * word) >>> lineShift] !== 0) cached = (Math.imul(cached, 31) + value + word) | 0;
    frames.push([memory.touchedPfn(at), sum, cached, lines.join(''), frame.unfinishedLines(), frame.watched]);
  }
  return {
    frames,
    registers: Array.from({ length: 31 }, (_, register) => cpu.registers.get(register)),
    pc: cpu.pc,
    flags: cpu.flags,
    level: cpu.system.exceptionLevel,
    // A run that is cut between MSR and ISB walks the tables once more.
    counters: { ...cpu.counters, tableWalks: 0 },
    tlb: [...cpu.mmu.tlb()].map(([vpn, { pfn, asid, level, checkedAt }]) => [vpn, pfn, asid, level, checkedAt]),
    instructions: cpu.instructionCache,
    executed: cpu.executed.size,
    console: console?.text,
    touched: memory.touchedFrames,
  };
}

/** How a run ends that goes on from where it stands. */
function endOf(run: StrictRun): readonly [StrictStop | string, number, string] {
  try {
    return [run.runTo(run.limit), run.step, `0x${run.machine.cpu.pc.toString(16)}`];
  } catch (error) {
    const { kind, message } = error as MachineFault;
    return [kind, run.step, message];
  }
}

describe('a reboot that is run step by step', () => {
  test.each([
    ['EL2', {}, {}],
    ['EL1, soft restart', soft, {}],
    ['the MMU off', {}, { strategy: 'mmu-off' }],
    ['nothing moved', {}, { strategy: 'reserved' }],
  ] as const)('takes the steps that the simulated machine counts: %s', async (_, options, wishes) => {
    const { ending } = await reboot(new SimulatedMachine(options), { ...request, ...wishes });
    const { loaded, reality } = await loadedOn(options, wishes);
    const run = new StrictRun(loaded, reality);
    expect(endOf(run)[0]).toBe('jump');
    const found = await run.arrive();
    // The jump is one more: it belongs to the check, behind which the run still stands before it.
    expect(run.step + 1).toBe(figureOf(ending, 'instructions retired'));
    expect(found).toEqual(ending.destinations);
    expect(run.machine.cpu.pc).toBe(loaded.plan.stage.jump);
    expect((await run.arrive()).length).toBe(found.length);
  });

  test.each([
    ['EL2', {}, {}],
    ['EL1, soft restart', soft, { breadcrumbs: true }],
    ['the MMU off', {}, { strategy: 'mmu-off' }],
    ['an adversary', { adversary: 7 }, {}],
  ] as const)('is the same at every step, however one came there: %s', async (_, options: SimulatedOptions, wishes) => {
    const { loaded, reality } = await loadedOn(options, wishes);
    const straight = new StrictRun(loaded, reality, options);
    const [, total] = endOf(straight);
    const steps = [1, 9, 17, 25, 40, 300, 4321, Math.floor(total / 2), total - 40, total - 20, total - 3];
    const run = new StrictRun(loaded, reality, options);
    const snapshots = steps.map((step) => {
      run.runTo(step);
      return [step, run.machine.snapshot()] as const;
    });
    const seen = new Map<number, unknown>();
    for (const step of steps) {
      const fresh = new StrictRun(loaded, reality, options);
      fresh.runTo(step);
      seen.set(step, allOf(fresh));
    }
    // Back and forth, and on from one to the next.
    for (const at of [10, 0, 5, 4, 9, 1, 7, 2, 3, 6, 8]) {
      const [step, snapshot] = snapshots[at] ?? [0, run.machine.snapshot()];
      run.machine.restore(snapshot);
      expect(allOf(run)).toEqual(seen.get(step));
      const next = steps[at + 1];
      if (next === undefined) continue;
      run.runTo(next);
      expect(allOf(run)).toEqual(seen.get(next));
    }
  });

  test.each([
    ['no DC CIVAC', {}, (text: string) => text.includes('dc civac')],
    ['no TLBI', {}, (text: string) => text.includes('tlbi')],
    ['no DSB', {}, (text: string) => text.startsWith('dsb')],
    ['no ISB', {}, (text: string) => text.startsWith('isb')],
    ['no IC IALLU', {}, (text: string) => text.includes('ic iallu')],
    ['no DC CIVAC, the MMU off', { strategy: 'mmu-off' }, (text: string) => text.includes('dc civac')],
    ['no DSB, the MMU off', { strategy: 'mmu-off' }, (text: string) => text.startsWith('dsb')],
  ] as const)('is judged from a snapshot as from the beginning: %s', async (_, wishes, isMeant) => {
    const { loaded, reality } = await loadedOn({}, { ...wishes, verify: false });
    leaveOut(loaded, isMeant);
    const judged = async (run: StrictRun): Promise<unknown> => {
      const end = endOf(run);
      const arrival = end[0] === 'jump' ? await run.arrive().catch(String) : undefined;
      return [end, arrival];
    };
    const expected = await judged(new StrictRun(loaded, reality));
    const [[, total]] = expected as [readonly [string, number, string]];
    const run = new StrictRun(loaded, reality);
    const snapshots = [0, 5, 12, 16, 20, total >> 1, total - 12, total - 6, total - 1]
      .filter((step) => step >= 0 && step <= total)
      .sort((a, b) => a - b)
      .map((step) => {
        run.runTo(step);
        return run.machine.snapshot();
      });
    for (const snapshot of snapshots.reverse()) {
      run.machine.restore(snapshot);
      expect(await judged(run)).toEqual(expected);
    }
  });

  test.each([
    ['EL2', {}, {}],
    ['EL1, soft restart', soft, { breadcrumbs: true }],
    ['nothing moved', {}, { strategy: 'reserved' }],
    ['a wrong bit', {}, {}],
  ] as const)('is at every step what it is word by word: %s', async (what, options: SimulatedOptions, wishes) => {
    const { loaded, reality } = await loadedOn(options, wishes);
    const [segment] = loaded.plan.stage.placement.segments;
    const pfn = [...copiesOf(loaded.plan.stage)][0]?.source ?? pfnOf(segment?.mem ?? 0n);
    if (what === 'a wrong bit') loaded.image.writable(pfn).fill(7, 900, 901);
    const byWords = new StrictRun(loaded, reality, options);
    const run = new StrictRun(loaded, reality, options);
    const all = (each: StrictRun): unknown => [
      allOf(each),
      each.machine.cpu.counters,
      [...each.machine.cpu.vectors.words],
    ];
    for (const more of [1, 39, 2000, 7301, 12_345, 99, 100_000, 114, 113, 300_000, run.limit]) {
      const { reason } = byWords.machine.run(more);
      const stopped = run.runTo(run.step + more);
      expect(stopped === 'step').toBe(reason === 'limit');
      expect([more, all(run)]).toEqual([more, all(byWords)]);
    }
    expect(run.machine.cpu.pc).toBe(what === 'a wrong bit' ? loaded.plan.stage.halt : loaded.plan.stage.jump);
  });

  test('stops where somebody wants it to, in a block too', async () => {
    const { loaded, reality } = await loadedOn();
    const { stage } = loaded.plan;
    const page = loaded.image.page(pfnOf(stage.start)) ?? new Uint8Array();
    const words = new Uint32Array(page.buffer, page.byteOffset, page.length / 4);
    const first = words.findIndex((_, at) => blockWords().every((word, offset) => words[at + offset] === word));
    for (const at of [first, first + 50]) {
      const [slow, quick] = [new StrictRun(loaded, reality), new StrictRun(loaded, reality)];
      for (const each of [slow, quick]) each.machine.cpu.breakAt(stage.start + BigInt(4 * at));
      slow.machine.run(slow.limit);
      expect(quick.runTo(quick.limit)).toBe('breakpoint');
      expect(quick.step).toBe(slow.step);
      for (const each of [slow, quick]) {
        each.machine.cpu.clearBreak(each.machine.cpu.pc);
        each.machine.run(1000);
        each.machine.cpu.breakAt(stage.start + BigInt(4 * at));
      }
      slow.machine.run(slow.limit);
      expect(quick.runTo(quick.limit)).toBe('breakpoint');
      expect(quick.step).toBe(slow.step);
    }
  });

  test('keeps of memory what has changed', async () => {
    const { loaded, reality } = await loadedOn();
    const run = new StrictRun(loaded, reality);
    run.machine.snapshot();
    run.runTo(2000);
    const { memory } = run.machine.snapshot();
    const pages = [...copiesOf(loaded.plan.stage)].reduce((sum, { pages }) => sum + pages, 0);
    expect(memory.point.changes.length).toBeGreaterThan(0);
    expect(memory.point.changes.length).toBeLessThan(pages / 4);
    expect(run.machine.cpu.counters).not.toEqual(zeroCounters());
  });
});
