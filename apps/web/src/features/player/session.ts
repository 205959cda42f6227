import { decode } from '@kexeckit/a64';
import type { MachineSnapshot } from '@kexeckit/arm64-machine';
import { type LoadedReboot, proveReboot, type StrictRun, type StrictStop } from '@kexeckit/reboot';
import { copiesOf, prove, routineOf, routineRegisters } from '@kexeckit/relocation';
import { machineOf, requestOf } from '../../desk/asked.ts';
import type { RebootInputs } from '../../desk/inputs.ts';
import { readEntries } from './entries.ts';
import type { FactsOfRun, Finding, Mark, PlayerFacts, PlayerQuestion, PlayerState } from './facts.ts';
import { arrivalFinding, faultFinding, haltFinding, lostFinding, proofFindings } from './findings.ts';
import { stateOf } from './machine-state.ts';
import { copiedPages, PageProgress } from './pages.ts';
import { programOf } from './program.ts';
import { deedOf } from './sabotage.ts';
import { sabotageNames } from './sabotages.ts';

/** Steps between two snapshots: from one to any step before the next takes some hundredths of a second. */
const STRIDE = { least: 20_000, most: 500_000 } as const;
/** Snapshots of a run, as far as strides allow. */
const SNAPSHOTS = 256;
/** Behind a longer way a snapshot is made right before its end: whoever has gone back a step goes back another. */
const LONG = 4_000;
const NEAR = 256;
/** Steps from a write of a translation register to what synchronizes it, at most; where that was left out, none follows. */
const BETWEEN = 16;
/** Milliseconds between two words of how far it is. */
const PATIENCE = 100;

/** How far a session is. */
export interface PlayerProgress {
  readonly doing: 'planning' | 'running';
  /** Steps that are done. */
  readonly steps: number;
  /** The machine before its first step, once: what is known of the end is of no run yet. */
  readonly first?: FirstLook;
}

/** What can be shown before anything has run. */
export interface FirstLook {
  readonly facts: PlayerFacts;
  readonly state: PlayerState;
}

/** A place to go back to. */
interface Stop {
  readonly step: number;
  readonly snapshot: MachineSnapshot;
}

/** What a session is made of. */
interface Opened {
  readonly facts: PlayerFacts;
  readonly run: FactsOfRun;
  readonly stand: Stand;
  readonly stops: readonly Stop[];
  readonly pageEnd: bigint | undefined;
}

/** A reboot on the strict machine that can be looked at after any number of steps. */
export class PlayerSession {
  readonly facts: PlayerFacts;
  /** What of the facts was not known at the first look. */
  readonly run: FactsOfRun;
  readonly #run: StrictRun;
  readonly #stand: Stand;
  readonly #stops: readonly Stop[];
  readonly #pageEnd: bigint | undefined;
  /** A snapshot right before where it went last. */
  #near: Stop | undefined;
  /** Where the machine stands; undefined where a fault has left it. */
  #at: number | undefined;

  private constructor({ facts, run, stand, stops, pageEnd }: Opened) {
    this.facts = facts;
    this.run = run;
    this.#run = stand.run;
    this.#stand = stand;
    this.#stops = stops;
    this.#pageEnd = pageEnd;
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
    const { stage } = loaded.plan;
    const pages = copiedPages(loaded);
    const before = {
      ...{ ...question, possible, pages },
      program: deed === undefined ? program : programOf(loaded),
      entries: readEntries(loaded),
      standing: stage.placement.segments.flatMap(({ name, placement, memsz }) =>
        placement === 'copied' ? [] : [{ name, placement, pages: Number(memsz / 4096n) }],
      ),
    };
    const stand = new Stand(machine.strictRun(loaded), loaded, before);
    const nothing: FactsOfRun = { total: 0, marks: [], stops: false, jumps: false, findings };
    post({ doing: 'running', steps: 0, first: { facts: { ...before, ...nothing }, state: stand.look() } });
    const { stops, end } = await runOnce(stand.run, loaded, post);
    const run: FactsOfRun = { ...end, findings: [...findings, ...end.findings] };
    return new PlayerSession({ facts: { ...before, ...run }, run, stand, stops, pageEnd: pageEndOf(loaded) });
  }

  /** The machine after so many steps, at most all of them. */
  at(step: number): PlayerState {
    this.#goTo(this.#within(step));
    return this.#stand.look();
  }

  /** The machine where one more page has been copied, or one less; at the end of the run where there is none. */
  page(from: number, direction: 1 | -1): PlayerState {
    const begin = this.#within(from);
    return this.at(direction === 1 ? this.#nextPage(begin) : this.#pageBefore(begin));
  }

  /** A step of the run: behind its end is a fault, or nothing. */
  #within(step: number): number {
    return Math.max(0, Math.min(step, this.facts.total));
  }

  #nextPage(from: number): number {
    const { total } = this.facts;
    if (this.#pageEnd === undefined) return total;
    // From behind the instruction that ends a page, if it stands there.
    let begin = Math.min(from + 1, total);
    this.#goTo(begin);
    for (let more = 0; more < BETWEEN && begin < total && this.#isBetween; more++) this.#goTo(++begin);
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
    const isBehind = this.#at === undefined || this.#at > step;
    if (isBehind || (this.#at ?? 0) < (stop?.step ?? 0) || (this.#at !== step && this.#isBetween)) this.#goBack(stop);
    if (step - this.#run.step > LONG) {
      this.#advance(step - NEAR);
      if (this.#isBetween) this.#goBack(stop);
      else this.#near = { step: this.#run.step, snapshot: this.#run.machine.snapshot() };
    }
    this.#advance(step);
    // Where the last step was an exception to the vectors, the end is behind it.
    if (step === this.facts.total && this.facts.stops) this.#advance(step + 1);
  }

  #goBack(stop: Stop | undefined): void {
    if (stop === undefined) return;
    this.#run.machine.restore(stop.snapshot);
    this.#at = stop.step;
  }

  /**
   * Whether a translation register was written, and not synchronized: whoever stops there fetches the next instruction anew when it goes
   * on, by another walk of the tables, which a run that does not stop has not.
   */
  get #isBetween(): boolean {
    return this.#run.machine.cpu.system.pending;
  }

  #advance(step: number): StrictStop {
    this.#at = undefined;
    const stopped = this.#run.runTo(step);
    this.#at = this.#run.step;
    return stopped;
  }
}

/** A machine, and what is looked at of it. */
class Stand {
  readonly run: StrictRun;
  readonly #progress: PageProgress;
  readonly #entries: ReadonlyMap<bigint, number>;

  constructor(run: StrictRun, loaded: LoadedReboot, { pages, entries }: Pick<PlayerFacts, 'pages' | 'entries'>) {
    this.run = run;
    this.#progress = new PageProgress(run.machine.memory, loaded, pages);
    this.#entries = new Map(Array.from(entries.addresses, (address, at) => [address, at]));
  }

  look(): PlayerState {
    return stateOf(this.run.machine, this.#progress.look(), (address) => this.#entries.get(address) ?? -1);
  }
}

/** A run to its end. */
interface Ran {
  readonly stops: readonly Stop[];
  readonly end: FactsOfRun;
}

async function runOnce(run: StrictRun, loaded: LoadedReboot, post: (progress: PlayerProgress) => void): Promise<Ran> {
  const stops: Stop[] = [];
  let told = performance.now();
  const keep = (): void => {
    stops.push({ step: run.step, snapshot: run.machine.snapshot() });
    if (performance.now() - told < PATIENCE) return;
    told = performance.now();
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
  return { stops, end: { total, marks: watch.marks, findings, stops: jumps || stopped === 'halt', jumps } };
}

/** Notes when parts of a routine are first entered. */
class MarkWatch {
  readonly marks: Mark[] = [];
  readonly #run: StrictRun;
  readonly #waited: Map<bigint, Mark['part']>;

  constructor(run: StrictRun, { plan: { stage } }: LoadedReboot) {
    this.#run = run;
    const parts = routineOf(stage).parts.filter(({ name }) => name !== 'literals' && name !== 'digest');
    const addresses = parts.map(({ name, offset }) => [stage.start + BigInt(offset), name] as const);
    // Where the run ends by itself it goes on doing so.
    this.#waited = new Map(addresses.filter(([address]) => !run.machine.cpu.breaksAt(address)));
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
