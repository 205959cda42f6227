import { DBOS } from '@dbos-inc/dbos-sdk';
import type { HostPhase, HostResult, Outcome, PhaseTime, Trouble, TroubleCode } from '@kexeckit/rollout';
import { comeBack } from '../steps/come-back.ts';
import { commit } from '../steps/commit.ts';
import { drain } from '../steps/drain.ts';
import { evidence } from '../steps/evidence.ts';
import { health } from '../steps/health.ts';
import { type HostRun, type Release, type StepEnd, stepOf, stubborn, withinLimit } from '../steps/host-run.ts';
import { inspect } from '../steps/inspect.ts';
import { lastLines } from '../steps/last-lines.ts';
import { stage } from '../steps/stage.ts';
import { undo } from '../steps/undo.ts';
import type { Fleet } from './fleet.ts';
import type { HostTask } from './names.ts';
import { inRun, type Run } from './runs.ts';

/** A host that failed or was lost: thrown, so that the database counts it among the errors. */
class HostFailure extends Error {
  override readonly name = 'HostFailure';
  readonly code: TroubleCode;
  readonly hint: string;
  readonly result: HostResult;

  constructor(result: HostResult) {
    super(`${result.host}: ${result.trouble?.what ?? result.outcome}`);
    this.code = result.trouble?.code ?? 'EIO';
    this.hint = result.trouble?.hint ?? '';
    this.result = result;
  }
}

/** What is known of a host so far. */
type Account = { -readonly [Key in keyof HostResult]?: HostResult[Key] };

/** A host that has left the boot that it was in, or is about to. */
interface Gone {
  readonly bootId: string;
  readonly at: number;
  readonly isExact: boolean;
}

/** The road of one host, step by step. Each step is kept when it has ended, and run again where the worker died in it. */
export async function hostRoad(fleet: Fleet, task: HostTask, run: Run): Promise<HostResult> {
  const road = new Road(fleet, run, await fleet.whileIn(() => fleet.hostRun(task, run)), task);
  const gone = await road.toCommit();
  return 'outcome' in gone ? gone : await road.fromCommit(gone);
}

class Road {
  readonly #fleet: Fleet;
  readonly #begun: Run;
  readonly #run: HostRun;
  readonly #times: PhaseTime[] = [];
  readonly #account: Account;
  readonly #late: number;

  constructor(fleet: Fleet, begun: Run, run: HostRun, { host, attempt, late = 0 }: HostTask) {
    this.#late = late;
    this.#fleet = fleet;
    this.#begun = begun;
    this.#run = run;
    this.#account = { host, wave: run.wave.name, attempt, times: this.#times };
  }

  /** Until its point of no return: all can be undone. */
  async toCommit(): Promise<HostResult | Gone> {
    const run = this.#run;
    const inspected = await this.#step('inspect', () =>
      withinLimit(run, (signal) => stubborn(run, () => inspect(run, signal), signal)),
    );
    if (!inspected.ok)
      return this.#end(isRefusal(inspected.trouble) ? 'refused' : 'failed', { trouble: inspected.trouble });
    // It was not even asked.
    if (inspected.value.kind === 'release') return this.#end(inspected.value.to, { times: [] });
    const { bootId } = inspected.value;
    this.#account.bootBefore = bootId;
    if (inspected.value.kind === 'committed') return { bootId, at: inspected.value.at, isExact: false };

    const staged = await this.#step('stage', () =>
      withinLimit(run, (signal) => stubborn(run, () => stage(run, signal), signal)),
    );
    if (!staged.ok)
      return await this.#back(bootId, isRefusal(staged.trouble) ? 'refused' : 'failed', false, staged.trouble);
    const hook = run.document.policy.drain;
    if (hook !== undefined) {
      const drained = await this.#step('drain', () => drain(run, hook));
      if (!drained.ok) return await this.#back(bootId, 'failed', true, drained.trouble);
      if (drained.value.kind === 'release') return await this.#letGo(bootId, 'drain', drained.value, false);
    }
    const committed = await this.#step('commit', () => commit(run, bootId));
    const wasDrained = hook !== undefined;
    if (!committed.ok) return await this.#back(bootId, 'failed', wasDrained, committed.trouble);
    if (committed.value.kind === 'release') return await this.#letGo(bootId, 'commit', committed.value, wasDrained);
    return { bootId, ...committed.value };
  }

  async fromCommit({ bootId, at, isExact }: Gone): Promise<HostResult> {
    const run = this.#run;
    const account = this.#account;
    const returned = await this.#step('return', () => comeBack(run, bootId, at));
    if (!returned.ok) return this.#end('lost', await seen(run, returned.trouble));
    account.bootAfter = returned.value.bootId;
    account.kernelAfter = returned.value.release;
    // A clock that was set back meanwhile does not tell.
    if (isExact && returned.value.at >= at) account.downtimeMs = returned.value.at - at;

    const healthy = await this.#step('health', () => health(run, returned.value.at));
    if (!healthy.ok) return this.#end('failed', { trouble: healthy.trouble });
    const told = await this.#step('evidence', () => evidence(run));
    return this.#end('done', told.ok ? { evidence: told.value } : { trouble: told.trouble });
  }

  async #step<T>(phase: HostPhase, body: () => Promise<T>): Promise<StepEnd<T>> {
    const ended = await this.#kept(phase, phase, body);
    this.#times.push({ phase, start: ended.start, end: ended.end });
    return ended;
  }

  #kept<T>(name: string, phase: HostPhase, body: () => Promise<T>): Promise<StepEnd<T>> {
    const asked = () => this.#fleet.whileIn(() => inRun(this.#begun, body));
    return DBOS.runStep(() => stepOf(this.#run.clock, phase, asked), { name });
  }

  /**
   * A host that the gate lets go. One whose own work took longer than its window may be quicker in the next one; after some windows it
   * fails, or its rollout would never end.
   */
  #letGo(bootId: string, phase: HostPhase, release: Release, wasDrained: boolean): Promise<HostResult | Gone> {
    const isLate = release.to === 'deferred' && release.isHeld !== true;
    if (!isLate) return this.#back(bootId, release.to, wasDrained);
    const late = this.#late + 1;
    const isOver = late >= LATE_MOST;
    return this.#back(bootId, isOver ? 'failed' : 'deferred', wasDrained, tooLate(phase, late));
  }

  /** Undoes, and says how that went. A host that another worker has committed meanwhile goes on. */
  async #back(bootId: string, outcome: Outcome, wasDrained: boolean, trouble?: Trouble): Promise<HostResult | Gone> {
    const run = this.#run;
    const undone = await this.#kept('undo', trouble?.phase ?? 'commit', () => undo(run, wasDrained));
    if (undone.ok && undone.value === 'committed') return { bootId, at: undone.end, isExact: false };
    if (undone.ok) return this.#end(outcome, trouble === undefined ? {} : { trouble });
    // Nobody knows whether it was committed, and nobody can ask it.
    if (trouble?.phase === 'commit' && trouble.code === 'ETIMEDOUT') return this.#end('lost', await seen(run, trouble));
    return this.#end('failed', { trouble: notUndone(undone.trouble, trouble) });
  }

  #end(outcome: Outcome, more: Account = {}): HostResult {
    return ended({ ...this.#account, ...more }, outcome);
  }
}

/** The console's last lines, beside what went wrong. */
async function seen(run: HostRun, trouble: Trouble): Promise<Account> {
  const console = await DBOS.runStep(() => lastLines(run), { name: 'console' });
  return console.length === 0 ? { trouble } : { trouble, console };
}

/** Windows that may close over a host's own work. */
const LATE_MOST = 3;

const tooLate = (phase: HostPhase, times: number): Trouble => ({
  phase,
  code: 'EBUSY',
  what: `its window closed before it was committed, ${times === 1 ? 'once' : `${times} times`}: what comes before takes longer`,
  hint: 'Give it a longer window, or a drain that is quicker',
});

/** Nothing was wrong with the road: the host is not what was planned for, or cannot kexec. */
const isRefusal = ({ code }: Trouble): boolean => code === 'ESTALE' || code === 'EOPNOTSUPP' || code === 'EKEYREJECTED';

function notUndone(undoing: Trouble, before: Trouble | undefined): Trouble {
  const why = before === undefined ? '' : `${before.what}; `;
  return { ...undoing, what: `${why}it is not as it was before: ${undoing.what}` };
}

/** Returns what is well, and throws the rest. */
function ended(account: Account, outcome: Outcome): HostResult {
  const { host = '', wave = '', attempt = 1, times = [], ...rest } = account;
  const result: HostResult = { ...rest, host, wave, attempt, times, outcome };
  if (outcome === 'failed' || outcome === 'lost') throw new HostFailure(result);
  return result;
}
