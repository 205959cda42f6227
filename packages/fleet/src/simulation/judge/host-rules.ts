import type { HostResult, PlannedHost, RolloutDocument } from '@kexeckit/rollout';
import { pathOnHost } from '../../agent/install.ts';
import type { Rule, Violation } from './violation.ts';
import type { HostStory, Of } from './world.ts';

/** A host, with what was told of it and what happened to it. */
export interface Case {
  readonly document: RolloutDocument;
  readonly host: PlannedHost;
  readonly result: HostResult;
  readonly story: HostStory;
}

type Found = readonly [Rule, string];

/** What the result of a host says against what happened to it. */
export function judgeHost(judged: Case): readonly Violation[] {
  const found = [...contradictions(judged), ...leftovers(judged)];
  return found.map(([rule, what]) => ({ rule, host: judged.host.name, what }));
}

/** What holds whatever was told: the commits of a host. */
export function judgeCommits(document: RolloutDocument, host: PlannedHost, story: HostStory): readonly Violation[] {
  const found: Found[] = [];
  const commits = commitsOf(document, story);
  const claims = story.claims.filter(({ rollout }) => rollout === document.id);
  if (commits.length > 1 || claims.length > 1)
    found.push(['committed-twice', `${commits.length} commits, ${claims.length} claims`]);
  const planned = document.classes.find(({ key }) => key === host.class);
  for (const { plan } of commits)
    if (planned === undefined || plan !== pathOnHost(planned.plan))
      found.push(['plan-of-another', `it followed ${plan}`]);
  if (document.policy.drain?.on === 'host' && story.commitsUndrained > 0)
    found.push(['not-drained', 'it was committed before it was drained']);
  return found.map(([rule, what]) => ({ rule, host: host.name, what }));
}

export const commitsOf = (document: RolloutDocument, { commits }: HostStory): readonly Of<'commit'>[] =>
  commits.filter(({ rollout }) => rollout === document.id);

/** The boot that a commit asked for: new, the expected kernel, the same machine. */
export function goodReturn({ document, host, story }: Omit<Case, 'result'>): Of<'up'> | undefined {
  const [commit] = commitsOf(document, story);
  if (commit === undefined) return undefined;
  return story.ups.find(
    ({ at, boot, release, machineId }) =>
      at >= commit.at && boot !== commit.boot && release === document.next.release && machineId === host.machineId,
  );
}

function* contradictions(judged: Case): Generator<Found> {
  const { result, document, story } = judged;
  const commits = commitsOf(document, story).length;
  switch (result.outcome) {
    case 'done':
      yield* contradictionsOfDone(judged);
      return;
    case 'lost':
      yield* contradictionsOfLost(judged);
      return;
    case 'failed': {
      const phase = result.trouble?.phase;
      if (phase === undefined) yield ['contradicts', 'failed, and nothing says why'];
      const isAfter = phase === 'health' || phase === 'evidence' || phase === 'return';
      if (!isAfter && commits > 0) yield ['contradicts', `failed in ${phase}, and was committed`];
      if (isAfter && goodReturn(judged) === undefined) yield ['contradicts', `failed in ${phase}, and did not return`];
      return;
    }
    case 'deferred':
      yield ['forgotten', 'it was deferred, and not tried again'];
      return;
    case 'skipped':
      if (story.isTouched && result.attempt <= 1) yield ['contradicts', 'skipped, and was changed'];
      if (commits > 0) yield ['contradicts', 'skipped, and was committed'];
      return;
    case 'refused':
    case 'undone':
      if (commits > 0) yield ['contradicts', `${result.outcome}, and was committed`];
  }
}

function* contradictionsOfDone(judged: Case): Generator<Found> {
  const { result, document, story } = judged;
  const [commit] = commitsOf(document, story);
  const up = goodReturn(judged);
  if (commit === undefined) yield ['contradicts', 'done, and was never committed'];
  else if (up === undefined) yield ['contradicts', 'done, and did not return as the expected kernel'];
  else {
    if (result.bootBefore !== undefined && result.bootBefore !== commit.boot)
      yield ['contradicts', `it was in boot ${commit.boot} before, not ${result.bootBefore}`];
    if (result.bootAfter !== up.boot) yield ['contradicts', `it is in boot ${up.boot}, not ${result.bootAfter}`];
    if (result.kernelAfter !== up.release) yield ['contradicts', `it runs ${up.release}, not ${result.kernelAfter}`];
    if (result.downtimeMs !== undefined && result.downtimeMs < 0) yield ['contradicts', 'it returned before it left'];
  }
}

function* contradictionsOfLost(judged: Case): Generator<Found> {
  const { document, story } = judged;
  const [commit] = commitsOf(document, story);
  if (commit === undefined) {
    if (!story.claims.some(({ rollout }) => rollout === document.id))
      yield ['contradicts', 'lost, and was never committed'];
    return;
  }
  const up = goodReturn(judged);
  // Whoever could not reach it cannot know better.
  if (up !== undefined && up.at - commit.at <= document.policy.returnWithinMs && story.cuts === 0)
    yield ['contradicts', `lost, and was back ${Math.round(up.at - commit.at)} ms after its commit`];
}

/** What should have been undone. */
function* leftovers({ result, document, story }: Case): Generator<Found> {
  // Nobody could reach it any more; or it is gone.
  if (story.endsCut || result.outcome === 'lost') return;
  const isCommitted = commitsOf(document, story).length > 0;
  if (!isCommitted && story.isLoaded) yield ['not-undone', `${result.outcome}, and an image is loaded`];
  const isLetGo = result.outcome === 'done' || !isCommitted;
  if (document.policy.restore !== undefined && isLetGo && story.isDrained && !story.isRestoreTried)
    yield ['not-undone', `${result.outcome}, and still drained`];
}
