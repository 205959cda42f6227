import type { HostResult, Outcome, RolloutDocument } from '@kexeckit/rollout';
import { type FatePolicy, fateOf, outcomesOf } from '../fates.ts';
import type { LedgerEntry } from '../ledger.ts';
import { commitsOf, judgeCommits, judgeHost } from './host-rules.ts';
import { judgeBudgets, judgeConcurrency, judgeStops, judgeWaves, type Trial } from './rollout-rules.ts';
import type { Violation } from './violation.ts';
import { worldOf } from './world.ts';

/** What a rollout is judged by. */
export interface Evidence {
  /** Of a farm on which no other rollout ran. */
  readonly ledger: readonly LedgerEntry[];
  readonly document: RolloutDocument;
  /** What was told: one for each host. */
  readonly results: readonly HostResult[];
  /** Milliseconds of the farm's clock between the look at a gate and the commit that it lets through; 0 where left out. */
  readonly graceMs?: number | undefined;
  /** Milliseconds from the end of a failed host until every worker knows of it; {@link graceMs} where left out. Workers that are killed take longer. */
  readonly knownWithinMs?: number | undefined;
  /** What a report says in sum. */
  readonly outcomes?: Readonly<Partial<Record<Outcome, number>>> | undefined;
  /** Whether a host may be committed at a time. */
  readonly isInWindow?: ((host: string, at: number) => boolean) | undefined;
  /** Hosts that pass pauses and windows. */
  readonly bypassed?: readonly string[] | undefined;
  /** What befell the hosts: their outcomes are held against it, but for those whom the network was cut from. */
  readonly fates?: { readonly seed: number; readonly policy: FatePolicy } | undefined;
}

/**
 * Says every rule that a rollout broke. What happened is taken from the ledger of the farm alone; that it was paused or aborted, and when,
 * from the notes `paused`, `resumed` and `aborted` in it.
 */
export function judge(evidence: Evidence): readonly Violation[] {
  const { document, results, graceMs = 0, knownWithinMs = graceMs, bypassed = [] } = evidence;
  const trial: Trial = {
    document,
    hosts: new Map(document.hosts.map((host) => [host.name, host])),
    results: new Map(results.map((result) => [result.host, result])),
    world: worldOf(evidence.ledger),
    graceMs,
    knownWithinMs,
    bypassed: new Set(bypassed),
  };
  return [
    ...judgeTelling(evidence),
    ...judgeHosts(trial),
    ...judgeStops(trial),
    ...judgeBudgets(trial),
    ...judgeConcurrency(trial),
    ...judgeWaves(trial),
    ...judgeWindows(trial, evidence),
    ...judgeFates(trial, evidence),
  ];
}

/** Each host has one result, and the sums are theirs. */
function* judgeTelling({ document, results, outcomes }: Evidence): Generator<Violation> {
  const told = new Map<string, number>();
  for (const { host } of results) told.set(host, (told.get(host) ?? 0) + 1);
  for (const { name } of document.hosts) {
    const times = told.get(name) ?? 0;
    if (times === 0) yield { rule: 'forgotten', host: name, what: 'it has no result' };
    if (times > 1) yield { rule: 'told-twice', host: name, what: `it has ${times} results` };
    told.delete(name);
  }
  for (const host of told.keys()) yield { rule: 'told-twice', host, what: 'it takes no part' };
  if (outcomes === undefined) return;
  const kinds: readonly Outcome[] = ['done', 'refused', 'failed', 'lost', 'undone', 'skipped', 'deferred'];
  for (const kind of kinds) {
    const count = results.filter(({ outcome }) => outcome === kind).length;
    const said = outcomes[kind] ?? 0;
    if (said !== count) yield { rule: 'sums', what: `${said} hosts are said to be ${kind}, and ${count} are` };
  }
}

function* judgeHosts({ document, world, results }: Trial): Generator<Violation> {
  for (const host of document.hosts) {
    const story = world.of(host.name);
    yield* judgeCommits(document, host, story);
    const result = results.get(host.name);
    if (result !== undefined) yield* judgeHost({ document, host, result, story });
  }
  const known = new Set(document.hosts.map(({ name }) => name));
  for (const host of world.hosts)
    if (!known.has(host) && commitsOf(document, world.of(host)).length > 0)
      yield { rule: 'contradicts', host, what: 'it takes no part, and was committed' };
}

function* judgeWindows({ document, world, bypassed, graceMs }: Trial, { isInWindow }: Evidence): Generator<Violation> {
  if (isInWindow === undefined) return;
  for (const { name } of document.hosts)
    for (const { at } of commitsOf(document, world.of(name)))
      if (!bypassed.has(name) && !isInWindow(name, at) && !isInWindow(name, at - graceMs))
        yield { rule: 'outside-window', host: name, what: `committed at ${new Date(at).toISOString()}` };
}

/** Outcomes that say nothing of the host: it was stopped, or not begun. */
const UNTOLD: readonly Outcome[] = ['undone', 'skipped', 'deferred'];

function* judgeFates({ document, world, results }: Trial, { fates }: Evidence): Generator<Violation> {
  if (fates === undefined) return;
  for (const { name } of document.hosts) {
    const result = results.get(name);
    if (result === undefined || UNTOLD.includes(result.outcome) || world.of(name).cuts > 0) continue;
    const fate = fateOf(fates.seed, name, fates.policy);
    if (outcomesOf(fate).includes(result.outcome)) continue;
    const why = result.trouble === undefined ? '' : `: ${result.trouble.code} in ${result.trouble.phase}`;
    const what = `${result.outcome}${why}, and its fate is ${[...fate].join(' and ') || 'a good one'}`;
    yield { rule: 'unexplained', host: name, what };
  }
}
