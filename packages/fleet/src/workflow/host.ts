import { DBOS } from '@dbos-inc/dbos-sdk';
import type { HostPhase, HostResult, Outcome, PhaseTime, Trouble } from '@kexeckit/rollout';
import { comeBack } from '../steps/come-back.ts';
import { commit } from '../steps/commit.ts';
import { evidence } from '../steps/evidence.ts';
import { health } from '../steps/health.ts';
import { type HostRun, type StepEnd, stepOf, stubborn } from '../steps/host-run.ts';
import { inspect } from '../steps/inspect.ts';
import { lastLines } from '../steps/last-lines.ts';
import { stage } from '../steps/stage.ts';
import { undo } from '../steps/undo.ts';
import type { Fleet } from './fleet.ts';
import type { HostTask } from './names.ts';

/** A host that failed or was lost: thrown, so that the database counts it among the errors. */
export class HostFailure extends Error {
  override readonly name = 'HostFailure';
  readonly result: HostResult;

  constructor(result: HostResult) {
    super(`${result.host}: ${result.trouble?.what ?? result.outcome}`);
    this.result = result;
  }
}

/** What is known of a host so far. */
type Account = { -readonly [Key in keyof HostResult]?: HostResult[Key] };

/** The road of one host, step by step. Each step is kept when it has ended, and run again where the worker died in it. */
export async function hostRoad(fleet: Fleet, task: HostTask): Promise<HostResult> {
  const run = await fleet.hostRun(task);
  const times: PhaseTime[] = [];
  const account: Account = { host: task.host, wave: run.wave.name, attempt: task.attempt, times };

  async function step<T>(phase: HostPhase, body: () => Promise<T>): Promise<StepEnd<T>> {
    const ended = await DBOS.runStep(() => stepOf(run.clock, phase, body), { name: phase });
    times.push({ phase, start: ended.start, end: ended.end });
    return ended;
  }
  const end = (outcome: Outcome, more: Account = {}): HostResult => ended({ ...account, ...more }, outcome);
  /** Undoes, and says how that went. */
  async function back(outcome: Outcome, wasDrained: boolean, trouble?: Trouble): Promise<HostResult> {
    const undone = await DBOS.runStep(
      () => stepOf(run.clock, trouble?.phase ?? 'commit', () => undo(run, wasDrained)),
      {
        name: 'undo',
      },
    );
    if (!undone.ok) return end('failed', { trouble: notUndone(undone.trouble, trouble) });
    return end(outcome, trouble === undefined ? {} : { trouble });
  }

  const inspected = await step('inspect', () => stubborn(run, () => inspect(run)));
  if (!inspected.ok) return end(isRefusal(inspected.trouble) ? 'refused' : 'failed', { trouble: inspected.trouble });
  // It was not even asked.
  if (inspected.value.kind === 'release') return end(inspected.value.to, { times: [] });
  const { bootId } = inspected.value;
  account.bootBefore = bootId;

  const staged = await step('stage', () => stubborn(run, () => stage(run)));
  if (!staged.ok) return await back(isRefusal(staged.trouble) ? 'refused' : 'failed', false, staged.trouble);
  const { drain } = run.document.policy;
  if (drain !== undefined) {
    const drained = await step('drain', () => run.hook(drain, run.host));
    if (!drained.ok) return await back('failed', true, drained.trouble);
  }

  const committed = await step('commit', () => commit(run, bootId));
  if (!committed.ok && committed.trouble.code === 'ETIMEDOUT') return end('lost', await seen(run, committed.trouble));
  if (!committed.ok) return await back('failed', drain !== undefined, committed.trouble);
  if (committed.value.kind === 'release') return await back(committed.value.to, drain !== undefined);
  const { at, isExact } = committed.value;

  const returned = await step('return', () => comeBack(run, bootId, at));
  if (!returned.ok) return end('lost', await seen(run, returned.trouble));
  account.bootAfter = returned.value.bootId;
  account.kernelAfter = returned.value.release;
  if (isExact) account.downtimeMs = returned.value.at - at;

  const healthy = await step('health', () => health(run, returned.value.at));
  if (!healthy.ok) return end('failed', { trouble: healthy.trouble });
  const told = await step('evidence', () => evidence(run));
  return end('done', told.ok ? { evidence: told.value } : { trouble: told.trouble });
}

/** The console's last lines, beside what went wrong. */
async function seen(run: HostRun, trouble: Trouble): Promise<Account> {
  const console = await DBOS.runStep(() => lastLines(run), { name: 'console' });
  return console.length === 0 ? { trouble } : { trouble, console };
}

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
