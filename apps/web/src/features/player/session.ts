import { decode } from '@kexeckit/a64';
import type { MachineSnapshot } from '@kexeckit/arm64-machine';
import { type LoadedReboot, proveReboot, type StrictRun, type StrictStop } from '@kexeckit/reboot';
import { copiesOf, prove, routineOf, routineRegisters } from '@kexeckit/relocation';
import { machineOf, requestOf } from '../../desk/asked.ts';
import type { RebootInputs } from '../../desk/inputs.ts';
import { readEntries } from './entries.ts';
import type { Finding, Mark, PlayerFacts, PlayerQuestion, PlayerState } from './facts.ts';
import { arrivalFinding, faultFinding, haltFinding, lostFinding, proofFindings } from './findings.ts';
import { stateOf } from './machine-state.ts';
import { copiedPages, PageProgress } from './pages.ts';
import { programOf } from './program.ts';
import { deedOf } from './sabotage.ts';
import { sabotageNames } from './sabotages.ts';

/** Steps between two snapshots: from one to any step before the next takes well under a tenth of a second. */
const STRIDE = { least: 20_000, most: 1_500_000 } as const;
/** Snapshots of a run, as far as strides allow. */
const SNAPSHOTS = 96;
/** Behind a longer way a snapshot is made right before its end: whoever has gone back a step goes back another. */
const LONG = 40_000;
const NEAR = 256;

/** How far a session is. */
export interface PlayerProgress {
  readonly doing: 'planning' | 'running';
  /** Steps that are done. */
  readonly steps: number;
}

/** A place to go back to, and which pages were whole there. */
interface Stop {
  readonly step: number;
  readonly snapshot: MachineSnapshot;
  readonly whole: Uint8Array;
}

/** A reboot on the strict machine that can be looked at after any number of steps. */
export class PlayerSession {
  readonly facts: PlayerFacts;
  readonly #run: StrictRun;
  readonly #progress: PageProgress;
  readonly #stops: readonly Stop[];
  readonly #pageEnd: bigint | undefined;
  readonly #entries: ReadonlyMap<bigint, number>;
  /** A snapshot right before where it went last. */
  #near: Stop | undefined;
  /** Where the machine stands; undefined where a fault has left it. */
  #at: number | undefined;
  #whole: Uint8Array;

  private constructor(facts: PlayerFacts, ran: Ran, pageEnd: bigint | undefined) {
    this.facts = facts;
    this.#run = ran.run;
    this.#progress = ran.progress;
    this.#stops = ran.kept;
    this.#pageEnd = pageEnd;
    this.#entries = new Map(Array.from(facts.entries.addresses, (address, at) => [address, at]));
    this.#whole = new Uint8Array(facts.pages.sources.length);
  }

  /**
   * Plans and proves a reboot, breaks it where that is asked for, asks the proof again, and runs it once to its end.
   *
   * @throws RebootError for what is refused before anything is broken.
   */
  static async open(
    inputs: RebootInputs,
    question: PlayerQuestion,
    post: (progress: PlayerProgress) => void = () => {},
  ): Promise<PlayerSession> {
    post({ doing: 'planning', steps: 0 });
    const machine = machineOf(inputs);
    const { reality, ...loaded } = await proveReboot(machine, requestOf(inputs, question.strategy));
    const possible = sabotageNames.filter((name) => deedOf(name, loaded) !== undefined);
    const program = programOf(loaded);
    const findings: Finding[] = [];
    const deed = question.sabotage && deedOf(question.sabotage, loaded);
    if (deed !== undefined) {
      deed();
      findings.push(...proofFindings(prove(loaded.plan.stage, loaded.image, loaded.contents, reality)));
    }
    const ran = await runOnce(machine.strictRun(loaded), loaded, post);
    const { stage } = loaded.plan;
    const facts: PlayerFacts = {
      ...{ ...question, possible },
      program: deed === undefined ? program : programOf(loaded),
      entries: readEntries(loaded),
      pages: ran.pages,
      standing: stage.placement.segments.flatMap(({ name, placement, memsz }) =>
        placement === 'copied' ? [] : [{ name, placement, pages: Number(memsz / 4096n) }],
      ),
      ...{ total: ran.total, marks: ran.marks, stops: ran.stops, jumps: ran.jumps },
      findings: [...findings, ...ran.findings],
    };
    return new PlayerSession(facts, ran, pageEndOf(loaded));
  }

  /** The machine after so many steps, at most all of them. */
  at(step: number): PlayerState {
    this.#goTo(Math.max(0, Math.min(step, this.facts.total)));
    return this.#state();
  }

  /** The machine where one more page has been copied, or one less; at the end of the run where there is none. */
  page(from: number, direction: 1 | -1): PlayerState {
    const step = direction === 1 ? this.#nextPage(from) : this.#pageBefore(from);
    return this.at(step);
  }

  #nextPage(from: number): number {
    const { total } = this.facts;
    if (this.#pageEnd === undefined) return total;
    // From behind the instruction that ends a page, if it stands there.
    this.#goTo(Math.min(from + 1, total));
    return this.#toPageEnd(this.#pageEnd, total);
  }

  /** Goes on to where a page ends, but no further than a step. */
  #toPageEnd(pageEnd: bigint, most: number): number {
    const { cpu } = this.#run.machine;
    cpu.breakAt(pageEnd);
    try {
      if (this.#advance(most) !== 'breakpoint') return most;
      return this.#run.step;
    } finally {
      cpu.clearBreak(pageEnd);
    }
  }

  #pageBefore(from: number): number {
    if (this.#pageEnd === undefined) return 0;
    for (let index = this.#stopBefore(from - 1); index >= 0; index--) {
      let found: number | undefined;
      let step = this.#stops[index]?.step ?? 0;
      while (step < from - 1) {
        this.#goTo(step);
        const next = this.#toPageEnd(this.#pageEnd, from);
        if (next >= from) break;
        found = next;
        step = next + 1;
      }
      if (found !== undefined) return found;
    }
    return 0;
  }

  #stopBefore(step: number): number {
    return this.#stops.findLastIndex((stop) => stop.step <= step);
  }

  #goTo(step: number): void {
    const kept = this.#stops[Math.max(0, this.#stopBefore(step))];
    const near = this.#near;
    const stop = near !== undefined && near.step <= step && near.step > (kept?.step ?? 0) ? near : kept;
    if (stop !== undefined && (this.#at === undefined || this.#at > step || this.#at < stop.step)) {
      this.#run.machine.restore(stop.snapshot);
      this.#whole = stop.whole.slice();
      this.#at = stop.step;
    }
    if (step - this.#run.step > LONG) {
      this.#advance(step - NEAR);
      this.#near = { step: this.#run.step, snapshot: this.#run.machine.snapshot(), whole: this.#whole.slice() };
    }
    this.#advance(step);
    // Where the last step was an exception to the vectors, the end is behind it.
    if (step === this.facts.total && this.facts.stops) this.#advance(step + 1);
  }

  #advance(step: number): StrictStop {
    this.#at = undefined;
    const stopped = this.#run.runTo(step);
    this.#at = this.#run.step;
    return stopped;
  }

  #state(): PlayerState {
    const seen = this.#progress.look(this.#whole);
    return stateOf(this.#run.machine, seen, (address) => this.#entries.get(address) ?? -1);
  }
}

/** A run to its end. */
interface Ran {
  readonly run: StrictRun;
  readonly progress: PageProgress;
  readonly pages: PlayerFacts['pages'];
  readonly kept: readonly Stop[];
  readonly total: number;
  readonly marks: readonly Mark[];
  readonly findings: readonly Finding[];
  readonly stops: boolean;
  readonly jumps: boolean;
}

async function runOnce(run: StrictRun, loaded: LoadedReboot, post: (progress: PlayerProgress) => void): Promise<Ran> {
  const pages = copiedPages(loaded);
  const progress = new PageProgress(run.machine.memory, loaded, pages);
  const whole = new Uint8Array(pages.sources.length);
  const kept: Stop[] = [];
  const keep = (): void => {
    progress.look(whole);
    kept.push({ step: run.step, snapshot: run.machine.snapshot(), whole: whole.slice() });
    post({ doing: 'running', steps: run.step });
  };
  const stride = Math.min(STRIDE.most, Math.max(STRIDE.least, Math.floor(run.limit / 2 / SNAPSHOTS)));
  const watch = new MarkWatch(run, loaded);
  const findings: Finding[] = [];
  let stopped: StrictStop = 'step';
  keep();
  try {
    while (stopped === 'step' && run.step < run.limit) {
      stopped = watch.runTo(run.step + stride);
      if (stopped === 'step') keep();
    }
  } catch (error) {
    findings.push(faultFinding(error, run.step));
  }
  watch.end();
  const { step: total } = run;
  const { pc } = run.machine.cpu;
  const [last] = findings;
  if (last === undefined && stopped === 'halt') findings.push(haltFinding(run.machine.console?.text ?? '', total, pc));
  else if (last === undefined && stopped !== 'jump') findings.push(lostFinding(total, pc));
  const jumps = stopped === 'jump';
  if (jumps) await run.arrive().catch((error: unknown) => findings.push(arrivalFinding(error, total, pc)));
  const stops = jumps || stopped === 'halt';
  return { ...{ run, progress, pages, kept, total, findings, stops, jumps }, marks: watch.marks };
}

/** Notes when parts of a routine are first entered. */
class MarkWatch {
  readonly marks: Mark[] = [];
  readonly #run: StrictRun;
  readonly #waited: Map<bigint, Mark['part']>;

  constructor(run: StrictRun, { plan: { stage } }: LoadedReboot) {
    this.#run = run;
    const parts = routineOf(stage).parts.filter(({ name }) => name !== 'literals' && name !== 'digest');
    this.#waited = new Map(parts.map(({ name, offset }) => [stage.start + BigInt(offset), name]));
    for (const address of this.#waited.keys()) run.machine.cpu.breakAt(address);
  }

  runTo(step: number): StrictStop {
    for (;;) {
      const stopped = this.#run.runTo(step);
      const { cpu } = this.#run.machine;
      const part = this.#waited.get(cpu.pc);
      if (stopped !== 'breakpoint' || part === undefined) return stopped;
      this.marks.push({ part, step: this.#run.step });
      this.#waited.delete(cpu.pc);
      cpu.clearBreak(cpu.pc);
    }
  }

  end(): void {
    for (const address of this.#waited.keys()) this.#run.machine.cpu.clearBreak(address);
  }
}

/** Where the routine goes on to the next destination: a page has been copied there. */
function pageEndOf(loaded: LoadedReboot): bigint | undefined {
  const { stage } = loaded.plan;
  if (copiesOf(stage).pages === 0) return undefined;
  const { words, parts } = routineOf(stage);
  const begin = (parts.find(({ name }) => name === 'copy')?.offset ?? 0) / 4;
  const { destination } = routineRegisters;
  for (let at = begin; at < words.length; at++) {
    const found = decode(words[at] ?? 0);
    if (found?.id === 'add.imm12' && found.operands[0] === destination && found.operands[1] === destination)
      return stage.start + BigInt(4 * at);
  }
  return undefined;
}
