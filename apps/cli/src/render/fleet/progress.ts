import type { HostState, RolloutStatus } from '@kexeckit/rollout';
import type { Io } from '../../io.ts';
import { inLine } from '../printable.ts';
import { StatusLine } from '../status-line.ts';
import { durationWords, gateWords, plural, troubleWords } from './words.ts';

/** Hosts that are named on the line. */
const NAMED = 3;

/**
 * A rollout while it runs. On a terminal: a line that is rewritten, above it what an operator has to know: waves, hosts that are not well,
 * the gate. Elsewhere: a line for each event.
 */
export class FleetProgress {
  readonly #io: Io;
  readonly #line: StatusLine;
  #before: RolloutStatus | undefined;

  constructor(io: Io, { id, hosts }: { readonly id: string; readonly hosts: readonly unknown[] }) {
    this.#io = io;
    this.#line = new StatusLine(io);
    this.#line.set(`rollout ${id}: starting over ${plural(hosts.length, 'host')}`);
  }

  show(status: RolloutStatus): void {
    const events = eventsBetween(this.#before, status).filter(({ isCalm }) => !(isCalm && this.#io.isTerminal));
    this.#before = status;
    if (events.length > 0) this.#line.clear();
    for (const { text } of events) this.#io.err(`${text}\n`);
    if (status.state === 'running') this.#line.set(lineOf(status));
  }

  /** Nothing is left behind. */
  end(): void {
    this.#line.clear();
  }
}

/** Something that happened. */
export interface FleetEvent {
  readonly text: string;
  /** Whether nobody has to act: a host that is well. */
  readonly isCalm: boolean;
}

/** What has happened between two looks at a rollout. */
export function eventsBetween(before: RolloutStatus | undefined, after: RolloutStatus): FleetEvent[] {
  const events: FleetEvent[] = [];
  const say = (text: string, isCalm = false): void => void events.push({ text, isCalm });
  const ofWave = hostEvents(before, after);
  for (const [at, { name, state, hosts }] of after.waves.entries()) {
    const was = before?.waves[at]?.state ?? 'waiting';
    if (was === 'waiting' && state !== 'waiting') say(`wave ${inLine(name)} begins: ${plural(hosts, 'host')}`);
    events.push(...(ofWave.get(name) ?? []));
    if (was !== state && state === 'soaking') say(`wave ${inLine(name)} is through, and soaks`);
    if (was !== state && state === 'ended') say(`wave ${inLine(name)} has ended`);
  }
  const [gate, was] = [gateWords(after.gate), before === undefined ? undefined : gateWords(before.gate)];
  if (gate !== was && (was !== undefined || after.gate.state !== 'open')) say(gate);
  if (after.state !== 'running') say(`rollout ${after.id} is ${after.state}`);
  return events;
}

/** What has become of hosts, by their waves. */
function hostEvents(before: RolloutStatus | undefined, after: RolloutStatus): Map<string, FleetEvent[]> {
  const byWave = new Map<string, FleetEvent[]>();
  for (const [at, host] of after.hosts.entries()) {
    const event = hostEvent(before?.hosts[at], host);
    if (event === undefined) continue;
    const events = byWave.get(host.wave) ?? [];
    byWave.set(host.wave, events);
    events.push(event);
  }
  return byWave;
}

/** Ends that an operator looks at. */
const BAD: ReadonlySet<string> = new Set(['refused', 'failed', 'lost']);

function hostEvent(before: HostState | undefined, after: HostState): FleetEvent | undefined {
  if (after.state !== 'ended' || before?.state === 'ended') return undefined;
  const { host, outcome, downtimeMs, trouble } = after.result;
  const away = downtimeMs === undefined ? '' : `, away for ${durationWords(downtimeMs)}`;
  const why = trouble === undefined ? '' : ` in ${trouble.phase}: ${troubleWords(after.result)}`;
  return { text: `${host} ${outcome}${away}${why}`, isCalm: !BAD.has(outcome) };
}

/** Where it is, in a line. */
function lineOf({ waves, hosts, gate, outcomes }: RolloutStatus): string {
  const wave = waves.findLast(({ state }) => state !== 'waiting');
  const name = inLine(wave?.name ?? waves[0]?.name ?? '');
  const running: string[] = [];
  let [ended, count] = [0, 0];
  for (const host of hosts) {
    if (host.wave === wave?.name && host.state === 'ended') ended += 1;
    if (host.state !== 'running') continue;
    count += 1;
    if (running.length < NAMED) running.push(`${host.host} ${host.phase}`);
  }
  const bad = outcomes.failed + outcomes.lost;
  const parts = [
    `${name} ${wave?.state === 'soaking' ? 'soaks' : `${ended}/${wave?.hosts ?? 0}`}`,
    `${outcomes.done} done${bad > 0 ? `, ${bad} failed or lost` : ''}`,
    ...(gate.state === 'open' ? [] : [gate.state]),
    ...(count > 0 ? [`${count} running: ${running.join(', ')}`] : []),
  ];
  return parts.join('; ');
}
