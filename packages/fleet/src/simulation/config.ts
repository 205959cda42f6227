import type { HostEntry } from '@kexeckit/rollout';
import * as v from 'valibot';
import type { ClockSettings } from '../clock.ts';
import { commandKinds } from './command.ts';
import { type FatePolicy, fateKinds } from './fates.ts';
import type { Halt } from './halts.ts';
import { machineIdOf } from './host.ts';
import { type Range, shareOf } from './seed.ts';

/** Milliseconds that things take, on the clock of the farm: the least and the most. */
export interface FarmTimes {
  /** Any reply. */
  readonly reply: Range;
  readonly load: Range;
  readonly drain: Range;
  readonly health: Range;
  /** From the commit to the first reply of the next kernel. */
  readonly boot: Range;
  /** The same of a host that returns late. */
  readonly late: Range;
  /** From the boot until a host that is unhealthy for a while is healthy. */
  readonly unhealthy: Range;
  /** What a slow host takes, as a multiple. */
  readonly slowFactor: number;
}

/** Hosts with the same reality. */
export interface FarmClass {
  readonly name: string;
  /** How many hosts are of it, as a share of the sum over all classes. */
  readonly share: number;
  /** What `doctor --collect -` prints: a file with the tar. Where left out, a tar that holds the name of the class. */
  readonly bundle?: string | undefined;
}

/** Cuts of the way to hosts. */
export interface CutShare {
  /** The share of the commands of each host, from 0 to 1, whose first replies do not come: one to three of them. */
  readonly share: number;
}

/** All that decides what happens in a farm, but for what it is asked. */
export interface FarmConfig {
  readonly seed: number;
  /** Hosts are named PREFIX and a number with leading zeros: `host-00042`. */
  readonly hosts: number;
  readonly prefix: string;
  /** What runs before, and what runs after a good reboot. */
  readonly release: string;
  readonly nextRelease: string;
  readonly clock: ClockSettings;
  readonly times: FarmTimes;
  readonly fates: FatePolicy;
  /** Whether fates befall hosts from the start; else from the control request `arm` on, so that a rollout can be planned before. */
  readonly armed: boolean;
  readonly classes: readonly FarmClass[];
  /** A file with what a host of the wrong reality says of itself. */
  readonly strange?: string | undefined;
  readonly cuts?: CutShare | undefined;
  /** Where the world stands still until it is told to go on. */
  readonly halts: readonly Halt[];
  /** Hosts do not keep which rollout has rebooted them, and reboot for everybody: a fault that whoever judges rollouts must find. */
  readonly isForgetful: boolean;
  /** A file for the ledger; memory where left out. */
  readonly ledger?: string | undefined;
  /** A path for a socket; a port of 127.0.0.1 that is free where left out. */
  readonly socket?: string | undefined;
}

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const positive = v.pipe(v.number(), v.minValue(0));
const range = v.pipe(
  v.tuple([positive, positive]),
  v.check(([least, most]) => least <= most, 'the least comes first'),
);
const kind = v.picklist(fateKinds);
const HOSTS_MOST = 1_000_000;

const configSchema = v.strictObject({
  seed: v.pipe(v.number(), v.integer()),
  hosts: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(HOSTS_MOST)),
  prefix: v.optional(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9.-]*$/)), 'host-'),
  release: v.optional(v.string(), '6.1.0-old'),
  nextRelease: v.optional(v.string(), '6.12.0-next'),
  clock: v.strictObject({ scale: v.pipe(v.number(), v.gtValue(0)), start: v.number(), realStart: v.number() }),
  times: v.optional(
    v.strictObject({
      reply: v.optional(range, [20, 200]),
      load: v.optional(range, [500, 2000]),
      drain: v.optional(range, [1000, 5000]),
      health: v.optional(range, [100, 1000]),
      boot: v.optional(range, [3000, 20_000]),
      late: v.optional(range, [900_000, 1_800_000]),
      unhealthy: v.optional(range, [5000, 30_000]),
      slowFactor: v.optional(v.pipe(v.number(), v.minValue(1)), 4),
    }),
    {},
  ),
  fates: v.optional(
    v.strictObject({
      shares: v.optional(v.record(kind, share), {}),
      hosts: v.optional(v.record(v.string(), v.array(kind))),
    }),
    {},
  ),
  armed: v.optional(v.boolean(), true),
  classes: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          name: v.string(),
          share: v.pipe(v.number(), v.gtValue(0)),
          bundle: v.optional(v.string()),
        }),
      ),
      v.minLength(1),
    ),
    [{ name: 'plain', share: 1 }],
  ),
  strange: v.optional(v.string()),
  cuts: v.optional(v.strictObject({ share })),
  halts: v.optional(
    v.pipe(
      v.array(
        v.strictObject({ host: v.string(), command: v.picklist(commandKinds), when: v.picklist(['before', 'after']) }),
      ),
      v.check(
        (halts) => new Set(halts.map(({ host, command }) => `${host} ${command}`)).size === halts.length,
        'a command of a host has one halt',
      ),
    ),
    [],
  ),
  isForgetful: v.optional(v.boolean(), false),
  ledger: v.optional(v.string()),
  socket: v.optional(v.string()),
});

/** A config as it is written: what may be left out is as {@link farmConfig} fills it in. */
export type FarmInput = Pick<FarmConfig, 'seed' | 'hosts' | 'clock'> &
  Partial<Omit<FarmConfig, 'times' | 'fates'>> & {
    readonly times?: Partial<FarmTimes>;
    readonly fates?: Partial<FatePolicy>;
  };

/**
 * Checks a config and fills in what is left out.
 *
 * @throws ValiError
 */
export const farmConfig = (input: unknown): FarmConfig => v.parse(configSchema, input);

/** The name of a host by its number, from 0. */
export function hostName({ prefix, hosts }: Pick<FarmConfig, 'prefix' | 'hosts'>, at: number): string {
  return `${prefix}${String(at).padStart(String(hosts - 1).length, '0')}`;
}

/** Whether it is the name of a host of the farm. */
export function isHostName(config: Pick<FarmConfig, 'prefix' | 'hosts'>, name: string): boolean {
  if (!name.startsWith(config.prefix)) return false;
  const at = Number(name.slice(config.prefix.length));
  return Number.isInteger(at) && at >= 0 && at < config.hosts && hostName(config, at) === name;
}

/** Of which class a host is: its number in the config. */
export function classOf({ seed, classes }: Pick<FarmConfig, 'seed' | 'classes'>, host: string): number {
  const sum = classes.reduce((before, each) => before + each.share, 0);
  let left = shareOf(seed, host, 'class') * sum;
  for (const [at, each] of classes.entries()) {
    left -= each.share;
    if (left < 0) return at;
  }
  return classes.length - 1;
}

/** A host as an inventory has it, and what is true of it before the rollout. */
export interface FarmHost {
  readonly entry: HostEntry;
  readonly machineId: string;
  readonly class: FarmClass;
}

const ZONES = ['a', 'b', 'c'] as const;

/** Every host of a farm, in the order of their names. Labels: `zone` (a, b, c), `class`, and `role` (`canary` for one of a hundred, else `worker`). */
export function* farmHosts(config: FarmConfig): Generator<FarmHost> {
  for (let at = 0; at < config.hosts; at++) {
    const name = hostName(config, at);
    const own = config.classes[classOf(config, name)];
    if (own === undefined) return;
    const zone = ZONES[at % ZONES.length] ?? 'a';
    const labels = { zone, class: own.name, role: at % 100 === 0 ? 'canary' : 'worker' };
    yield {
      entry: { name, transport: 'simulated', labels },
      machineId: machineIdOf(config.seed, name),
      class: own,
    };
  }
}
