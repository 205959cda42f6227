import {
  type Distribution,
  downtimesOf,
  type Gate,
  type HostPhase,
  type HostStanding,
  type HostState,
  hostPhases,
  outcomes,
  phaseTimesOf,
  type RolloutStatus,
  resultsOf,
  standingOf,
  type Trouble,
} from '@kexeckit/rollout';
import { plain } from './plain.ts';
import { troubleCodes } from './status-schema.ts';
import { packTexts, type Texts, textAt } from './texts.ts';

/** How hosts stand, in the order of the legend. */
export const standings: readonly HostStanding[] = ['waiting', 'running', ...outcomes];

/** How many hosts stand so. */
export type StandingCounts = Readonly<Record<HostStanding, number>>;

/** A wave, whose hosts follow each other. */
export interface PicturedWave {
  readonly name: string;
  readonly state: RolloutStatus['waves'][number]['state'];
  /** Index of its first host. */
  readonly first: number;
  readonly hosts: number;
  readonly counts: StandingCounts;
}

/** Distinct troubles, by their index. */
interface TroubleKinds {
  /** In `troubleCodes`. */
  readonly code: Uint8Array<ArrayBuffer>;
  /** In `hostPhases`. */
  readonly phase: Uint8Array<ArrayBuffer>;
  readonly what: Texts;
  readonly hint: Texts;
}

/** A rollout as the page draws it: hosts as columns, ordered by wave. It goes from worker to page within a millisecond for any number of them. */
export interface RolloutPicture {
  readonly id: string;
  readonly state: RolloutStatus['state'];
  readonly gate: Gate;
  readonly now: number;
  readonly started: number;
  readonly ended: number | undefined;
  readonly failureBudget: number;
  readonly counts: StandingCounts;
  readonly waves: readonly PicturedWave[];
  readonly names: Texts;
  /** Index in `standings`. */
  readonly standing: Uint8Array<ArrayBuffer>;
  /** What it is at, or failed at: index in `hostPhases` and one more, or nought. */
  readonly phase: Uint8Array<ArrayBuffer>;
  /** Since when it is at that, or when its last step ended; or NaN. */
  readonly moment: Float64Array<ArrayBuffer>;
  /** Milliseconds; or NaN. */
  readonly downtime: Float64Array<ArrayBuffer>;
  /** Index in `kinds` and one more, or nought. */
  readonly trouble: Uint32Array<ArrayBuffer>;
  readonly kinds: TroubleKinds;
  /** Hosts that were lost, failed or were refused, in this order. */
  readonly troubled: Uint32Array<ArrayBuffer>;
  readonly phases: Readonly<Record<HostPhase, Distribution>>;
  readonly downtimes: Distribution;
}

/** Standings that are trouble, the worst first. */
const troubles: readonly HostStanding[] = ['lost', 'failed', 'refused'];

const noCounts: StandingCounts = {
  ...{ waiting: 0, running: 0, done: 0, refused: 0, failed: 0, lost: 0, undone: 0, skipped: 0, deferred: 0 },
};

/** The hosts of a status, ordered by wave, as they were within each. */
export function hostsByWave({ waves, hosts }: Pick<RolloutStatus, 'waves' | 'hosts'>): HostState[] {
  const groups = new Map<string, HostState[]>(waves.map(({ name }) => [name, []]));
  for (const host of hosts) groups.get(host.wave)?.push(host);
  return [...groups.values()].flat();
}

/**
 * @param status one that adds up.
 * @param ordered its hosts, by wave.
 */
export function pictureOf(status: RolloutStatus, ordered: readonly HostState[] = hostsByWave(status)): RolloutPicture {
  const results = resultsOf(status);
  const columns = columnsOf(ordered);
  const waves = wavesOf(status, columns.standing);
  const { id, state, gate, now, started, ended, failureBudget } = status;
  return {
    ...{ id: plain(id), state, now, started, ended, failureBudget },
    gate: gate.state === 'open' ? gate : { state: gate.state, why: plain(gate.why) },
    waves,
    counts: sumOf(waves.map(({ counts }) => counts)),
    ...columns,
    troubled: troubledOf(columns.standing),
    phases: phaseTimesOf(results),
    downtimes: downtimesOf(results),
  };
}

/** What of a picture is moved to the page, and not copied. */
export const buffersOf = (picture: RolloutPicture): ArrayBuffer[] =>
  [picture.standing, picture.phase, picture.moment, picture.downtime, picture.trouble, picture.troubled].map(
    ({ buffer }) => buffer,
  );

type Columns = Pick<RolloutPicture, 'names' | 'standing' | 'phase' | 'moment' | 'downtime' | 'trouble' | 'kinds'>;

function columnsOf(hosts: readonly HostState[]): Columns {
  const kinds = new Kinds();
  const standing = new Uint8Array(hosts.length);
  const phase = new Uint8Array(hosts.length);
  const moment = new Float64Array(hosts.length).fill(Number.NaN);
  const downtime = new Float64Array(hosts.length).fill(Number.NaN);
  const trouble = new Uint32Array(hosts.length);
  for (const [at, host] of hosts.entries()) {
    standing[at] = standings.indexOf(standingOf(host));
    if (host.state === 'running') {
      phase[at] = hostPhases.indexOf(host.phase) + 1;
      moment[at] = host.since;
    } else if (host.state === 'ended') {
      const { times, downtimeMs, trouble: its } = host.result;
      moment[at] = times.at(-1)?.end ?? Number.NaN;
      downtime[at] = downtimeMs ?? Number.NaN;
      if (its === undefined) continue;
      trouble[at] = kinds.indexOf(its) + 1;
      phase[at] = hostPhases.indexOf(its.phase) + 1;
    }
  }
  const names = packTexts(hosts.map(({ host }) => plain(host)));
  return { names, standing, phase, moment, downtime, trouble, kinds: kinds.columns() };
}

/** Troubles, each once. */
class Kinds {
  readonly #list: Trouble[] = [];
  readonly #known = new Map<string, number>();

  indexOf(trouble: Trouble): number {
    const key = `${trouble.code} ${trouble.phase} ${trouble.what}\0${trouble.hint}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.#list.length);
    return this.#list.push(trouble) - 1;
  }

  columns(): TroubleKinds {
    return {
      code: Uint8Array.from(this.#list, ({ code }) => troubleCodes.indexOf(code)),
      phase: Uint8Array.from(this.#list, ({ phase }) => hostPhases.indexOf(phase)),
      what: packTexts(this.#list.map(({ what }) => plain(what))),
      hint: packTexts(this.#list.map(({ hint }) => plain(hint))),
    };
  }
}

function wavesOf({ waves }: RolloutStatus, standing: Uint8Array): PicturedWave[] {
  let first = 0;
  return waves.map(({ name, state, hosts }) => {
    const counts = { ...noCounts };
    for (const each of standing.subarray(first, first + hosts)) {
      const key = standings[each];
      if (key !== undefined) counts[key] += 1;
    }
    const wave = { name: plain(name), state, first, hosts, counts };
    first += hosts;
    return wave;
  });
}

function sumOf(all: readonly StandingCounts[]): StandingCounts {
  const sum = { ...noCounts };
  for (const counts of all) for (const standing of standings) sum[standing] += counts[standing];
  return sum;
}

function troubledOf(standing: Uint8Array): Uint32Array<ArrayBuffer> {
  const found: number[] = [];
  for (const one of troubles) {
    const wanted = standings.indexOf(one);
    for (let at = 0; at < standing.length; at++) if (standing[at] === wanted) found.push(at);
  }
  return Uint32Array.from(found);
}

/** What of a host is known without asking. */
export interface HostGlance {
  readonly at: number;
  readonly name: string;
  readonly wave: string;
  readonly standing: HostStanding;
  readonly phase: HostPhase | undefined;
  /** Since when it is at its phase, or when its last step ended. */
  readonly moment: number | undefined;
  readonly downtimeMs: number | undefined;
  readonly trouble: Omit<Trouble, 'phase'> | undefined;
}

/** The host at an index. */
export function glanceAt(picture: RolloutPicture, at: number): HostGlance | undefined {
  const standing = standings[picture.standing[at] ?? -1];
  if (standing === undefined) return undefined;
  const [phase = 0, moment, downtime, kind = 0] = [
    ...[picture.phase[at], picture.moment[at], picture.downtime[at], picture.trouble[at]],
  ];
  const { kinds } = picture;
  const code = kind === 0 ? undefined : troubleCodes[kinds.code[kind - 1] ?? -1];
  return {
    ...{ at, name: textAt(picture.names, at), standing },
    wave: waveAt(picture.waves, at)?.name ?? '',
    phase: phase === 0 ? undefined : hostPhases[phase - 1],
    moment: known(moment),
    downtimeMs: known(downtime),
    trouble: code && { code, what: textAt(kinds.what, kind - 1), hint: textAt(kinds.hint, kind - 1) },
  };
}

const known = (value: number | undefined): number | undefined =>
  value === undefined || Number.isNaN(value) ? undefined : value;

/** The wave of the host at an index. */
export const waveAt = (waves: readonly PicturedWave[], at: number): PicturedWave | undefined =>
  waves.find(({ first, hosts }) => at >= first && at < first + hosts);
