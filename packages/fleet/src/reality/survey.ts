import { createHash } from 'node:crypto';
import type { RouteName } from '@kexeckit/linux';
import type { DigestedFile, HostEntry, PlannedHost } from '@kexeckit/rollout';
import type { Agent } from '../agent/agent.ts';
import type { Identity } from '../agent/identity.ts';
import { FleetError } from '../error.ts';
import { oneLine } from '../printable.ts';
import { type HostReality, realityOfBundle } from './class-key.ts';
import { inParallel } from './in-parallel.ts';

/** How hosts are surveyed. */
export interface SurveyOptions {
  /** The host's side, which is installed where it is missing. */
  readonly agent: DigestedFile;
  /** What speaks to a host, by its transport. */
  readonly agentFor: (host: HostEntry) => Agent;
  /** Hosts that are asked at once. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  /** How many hosts have answered, or failed to. */
  readonly onProgress?: ((done: number, hosts: number) => void) | undefined;
}

/** Hosts that are the same as far as plans go. */
export interface FoundClass {
  readonly key: string;
  /** The route that they offer first; undefined where they offer none for certain. */
  readonly route: RouteName | undefined;
  /** What one of them says of itself. */
  readonly bundle: Uint8Array;
  /** The host that said it. */
  readonly by: string;
  readonly hosts: number;
}

/** A host that takes no part, and why. */
export interface LeftHost {
  readonly host: string;
  readonly why: string;
}

/** What there is. */
export interface Survey {
  /** In the order in which their first hosts stand in the inventory. */
  readonly classes: readonly FoundClass[];
  /** In the order of the inventory. */
  readonly hosts: readonly PlannedHost[];
  readonly left: readonly LeftHost[];
}

/** Bundles whose classes are remembered: hosts may say the same to the byte. */
const REMEMBERED = 4096;

/**
 * Asks every host who it is and what it is like. A host that does not answer, or that no plan can be made for, is left out, with the
 * reason. Names that lead to one machine, which the boot id tells, are all left out: which of them is meant is not known.
 *
 * @throws the signal's reason; FleetError `EINVAL` for a concurrency that is none.
 */
export async function survey(inventory: readonly HostEntry[], options: SurveyOptions): Promise<Survey> {
  const classes = new Classes(options.signal);
  const found = new Map<string, Found>();
  const left = new Map<string, string>();
  let done = 0;
  const ask = async (host: HostEntry): Promise<void> => {
    options.signal?.throwIfAborted();
    try {
      found.set(host.name, await askHost(host, options, classes));
    } catch (error) {
      options.signal?.throwIfAborted();
      const why = reasonOf(error);
      if (why === undefined) throw error;
      left.set(host.name, why);
    }
    done += 1;
    options.onProgress?.(done, inventory.length);
  };
  await inParallel(inventory, options.concurrency, ask);
  leaveDoubles(found, left);
  return collected(inventory, found, left, classes);
}

interface Found {
  readonly identity: Identity;
  readonly reality: HostReality;
}

async function askHost(host: HostEntry, { agent, agentFor, signal }: SurveyOptions, classes: Classes): Promise<Found> {
  const side = agentFor(host);
  const identity = await side.identify(host, signal);
  await side.install(host, [agent], signal);
  const bundle = await side.describe(host, signal);
  const reality = await classes.of(bundle, host.name);
  const { uname } = reality;
  const says = [identity.release, identity.architecture].join(' ');
  if (uname !== undefined && says !== `${uname.release} ${uname.machine}`)
    throw new FleetError(
      'EPROTO',
      `it says that it runs ${says}, and that it runs ${oneLine(`${uname.release} ${uname.machine}`)}`,
      'ask it again; it may have rebooted meanwhile',
      { host: host.name },
    );
  return { identity, reality };
}

/** The bundles of the first hosts of each class. */
class Classes {
  readonly first = new Map<string, { readonly bundle: Uint8Array; readonly by: string }>();
  readonly #known = new Map<string, Promise<HostReality>>();
  readonly #signal: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  async of(bundle: Uint8Array, by: string): Promise<HostReality> {
    const digest = createHash('sha256').update(bundle).digest('hex');
    const known = this.#known.get(digest) ?? realityOfBundle(bundle, this.#signal);
    this.#known.delete(digest);
    this.#known.set(digest, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(oldest);
    }
    const reality = await known;
    if (!this.first.has(reality.key)) this.first.set(reality.key, { bundle, by });
    return reality;
  }
}

/** Names with one boot id are one machine, or none that can be told apart. */
function leaveDoubles(found: Map<string, Found>, left: Map<string, string>): void {
  const byBoot = new Map<string, string[]>();
  for (const [name, { identity }] of found) byBoot.set(identity.bootId, [...(byBoot.get(identity.bootId) ?? []), name]);
  for (const names of byBoot.values()) {
    if (names.length < 2) continue;
    for (const name of names) {
      const others = names.filter((other) => other !== name);
      const more = others.length > 1 ? `, and ${others.length - 1} more` : '';
      left.set(name, `it is in the same boot as ${others[0]}${more}: they are one machine; leave one name`);
      found.delete(name);
    }
  }
}

function collected(
  inventory: readonly HostEntry[],
  found: ReadonlyMap<string, Found>,
  left: ReadonlyMap<string, string>,
  { first }: Classes,
): Survey {
  const classes = new Map<string, FoundClass>();
  const hosts: PlannedHost[] = [];
  for (const host of inventory) {
    const { identity, reality } = found.get(host.name) ?? {};
    if (identity === undefined || reality === undefined) continue;
    hosts.push({ ...host, class: reality.key, machineId: identity.machineId });
    const seen = first.get(reality.key);
    if (seen === undefined) continue;
    const { key, route } = reality;
    classes.set(key, { key, route, ...seen, hosts: (classes.get(key)?.hosts ?? 0) + 1 });
  }
  const out = inventory.flatMap(({ name }) => {
    const why = left.get(name);
    return why === undefined ? [] : [{ host: name, why }];
  });
  return { classes: [...classes.values()], hosts, left: out };
}

/** In one line, with what to do. Undefined for what nobody foresaw: that is no host's fault. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && 'hint' in error)) return undefined;
  const { code, message, hint } = error;
  return oneLine(`${String(code)}: ${message}${hint === '' ? '' : `; ${String(hint)}`}`, REASON_MOST);
}

const REASON_MOST = 500;
