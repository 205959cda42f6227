import { type DigestedFile, type Evidence, type HostEntry, isRolloutId, type NextSystem } from '@kexeckit/rollout';
import * as v from 'valibot';
import type { Clock } from '../clock.ts';
import { FleetError } from '../error.ts';
import { oneLine } from '../printable.ts';
import type { RunRequest, RunResult, Transport } from '../transport/transport.ts';
import type { Identity } from './identity.ts';
import {
  agentOnHost,
  askCommand,
  claimCommand,
  MISSING,
  PRESENT,
  pathOnHost,
  WRONG_DIGEST,
  writeCommand,
} from './install.ts';
import {
  architectureSchema,
  bootIdSchema,
  claimSchema,
  evidenceSchema,
  failureIn,
  failureOf,
  identitySchema,
  JSON_MOST,
  jsonOf,
  loadedSchema,
  protocolError,
  slotsSchema,
  statusSchema,
  textOf,
  WORDS_MOST,
} from './replies.ts';
import { WorkerFiles } from './worker-files.ts';

/**
 * What the rollout does on a host, over any transport. What comes back is data: it is limited, checked, and made printable, and is never
 * a command or a path. All throw FleetErrors: those of the {@link Transport}, `EPROTO` for a reply that makes no sense, and what the
 * host's side says went wrong.
 */
export interface Agent {
  /** Which host answers, and in which boot. */
  identify(host: HostEntry, signal?: AbortSignal): Promise<Identity>;
  /**
   * Uploads what is missing of these files, each checked by its digest on both sides.
   *
   * @returns their paths on the host, in the same order.
   */
  install(host: HostEntry, files: readonly DigestedFile[], signal?: AbortSignal): Promise<readonly string[]>;
  /** What the host says of itself: the tar of `doctor --collect`, of at most {@link BUNDLE_MOST} bytes. */
  describe(host: HostEntry, signal?: AbortSignal): Promise<Uint8Array>;
  /** Lets the host compare, prove and load a saved plan, with files that are installed. `ESTALE` where it is not what the plan is for. */
  stage(host: HostEntry, next: NextSystem, plan: DigestedFile, signal?: AbortSignal): Promise<void>;
  /** Whether a reboot would start an image. */
  isStaged(host: HostEntry, signal?: AbortSignal): Promise<boolean>;
  /** Unloads what is loaded; nothing is fine. */
  discard(host: HostEntry, signal?: AbortSignal): Promise<void>;
  /**
   * The point of no return. The host itself lets one rollout through once (`already`), and only in the boot that is named (`ESTALE`).
   * `EIO` where it is unknown whether the reboot has begun: {@link identify} tells, later.
   */
  commit(host: HostEntry, rollout: string, bootId: string, signal?: AbortSignal): Promise<'committed' | 'already'>;
  /** The boot in which a rollout has claimed the host's reboot, this one or an earlier one; undefined where it has not. */
  claimOf(host: HostEntry, rollout: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Milliseconds by phase of the reboot that led to this boot. */
  evidence(host: HostEntry, signal?: AbortSignal): Promise<Evidence>;
}

/** Bytes of what a host says of itself. */
export const BUNDLE_MOST: number = 32 << 20;

/** Milliseconds that each call may take, on the clock of the rollout, with all that it runs on the host. */
export interface AgentLimits {
  readonly askMs: number;
  readonly describeMs: number;
  readonly installMs: number;
  readonly stageMs: number;
  readonly commitMs: number;
}

const MINUTE_MS = 60_000;

/** What is taken where nobody says otherwise. */
export const agentLimits: AgentLimits = {
  askMs: MINUTE_MS,
  describeMs: 3 * MINUTE_MS,
  installMs: 30 * MINUTE_MS,
  stageMs: 15 * MINUTE_MS,
  commitMs: 2 * MINUTE_MS,
};

const IDENTITY_FILES = ['/proc/sys/kernel/random/boot_id', '/proc/sys/kernel/osrelease', '/etc/machine-id'] as const;
/** What `cat` ends with where one of them is missing. */
const CAT_FAILED = 1;
const TAR_BLOCK = 512;

/** @param agent the host's side, as it is installed by {@link Agent.install}. */
export function agentOver(
  transport: Transport,
  agent: DigestedFile,
  clock: Clock,
  limits: Partial<AgentLimits> = {},
): Agent {
  return new TransportAgent(transport, agent, clock, { ...agentLimits, ...limits });
}

/** What a call runs: the signal, and until when. */
interface Until {
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

class TransportAgent implements Agent {
  readonly #transport: Transport;
  readonly #agent: DigestedFile;
  readonly #clock: Clock;
  readonly #limits: AgentLimits;
  readonly #files = new WorkerFiles();

  constructor(transport: Transport, agent: DigestedFile, clock: Clock, limits: AgentLimits) {
    this.#transport = transport;
    this.#agent = agent;
    this.#clock = clock;
    this.#limits = limits;
  }

  async identify(host: HostEntry, signal?: AbortSignal): Promise<Identity> {
    const until = this.#until(this.#limits.askMs, signal);
    const files = await this.#run(host, ['cat', ...IDENTITY_FILES], until, { maxBytes: WORDS_MOST });
    if (files.code !== 0 && files.code !== CAT_FAILED) throw failureOf(host.name, 'cat', files);
    const lines = (textOf(files.stdout) ?? '').replace(/\n$/u, '').split('\n');
    const identity = v.safeParse(identitySchema, lines);
    if (!identity.success) {
      if (files.stdout.length === 0) throw failureOf(host.name, 'cat', files);
      throw protocolError(host.name, 'it does not say in which boot it is', files.stdout);
    }
    const uname = await this.#run(host, ['uname', '-m'], until, { maxBytes: WORDS_MOST });
    if (uname.code !== 0) throw failureOf(host.name, 'uname', uname);
    const architecture = v.safeParse(architectureSchema, textOf(uname.stdout)?.replace(/\n$/u, ''));
    if (!architecture.success) throw protocolError(host.name, 'it does not say what it is made of', uname.stdout);
    return { ...identity.output, architecture: architecture.output };
  }

  async install(host: HostEntry, files: readonly DigestedFile[], signal?: AbortSignal): Promise<readonly string[]> {
    const until = this.#until(this.#limits.installMs, signal);
    const paths: string[] = [];
    for (const file of files) {
      const isAgent = file.sha256 === this.#agent.sha256;
      const path = isAgent ? agentOnHost(file) : pathOnHost(file);
      if (!(await this.#has(host, path, file, until))) await this.#write(host, path, file, until);
      paths.push(path);
    }
    return paths;
  }

  async describe(host: HostEntry, signal?: AbortSignal): Promise<Uint8Array> {
    const until = this.#until(this.#limits.describeMs, signal);
    const said = await this.#agentRun(host, ['doctor', '--collect', '-'], until, BUNDLE_MOST);
    // With 1 it says that something stands in the way of a kexec, which the bundle says, too.
    if (said.code !== 0 && said.code !== 1) throw failureOf(host.name, 'kexeckit doctor', said);
    if (said.code === 1 && said.stdout.length === 0) throw failureOf(host.name, 'kexeckit doctor', said);
    if (said.stdout.length < TAR_BLOCK || said.stdout.length % TAR_BLOCK !== 0)
      throw failureIn(said.stdout) === undefined
        ? protocolError(host.name, 'what it says of itself is no tar', said.stdout)
        : failureOf(host.name, 'kexeckit doctor', said);
    return said.stdout;
  }

  async stage(host: HostEntry, next: NextSystem, plan: DigestedFile, signal?: AbortSignal): Promise<void> {
    const files = [
      ['--plan', plan],
      ['--kernel', next.kernel],
      ['--initrd', next.initrd],
      ['--dtb', next.dtb],
    ] as const;
    const named = files.flatMap(([option, file]) => (file === undefined ? [] : [option, pathOnHost(file)]));
    const noCapture = next.withoutCaptureKernel ? ['--no-capture-kernel'] : [];
    const argv = ['load', ...named, ...noCapture, '--rehearse', 'no', '--json'];
    await this.#json(host, argv, this.#until(this.#limits.stageMs, signal), loadedSchema);
  }

  async isStaged(host: HostEntry, signal?: AbortSignal): Promise<boolean> {
    const until = this.#until(this.#limits.askMs, signal);
    const said = await this.#agentRun(host, ['status', '--json'], until);
    if (said.code !== 0 && said.code !== 1) throw failureOf(host.name, 'kexeckit status', said);
    const status = v.safeParse(statusSchema, jsonOf(said.stdout));
    if (!status.success) throw protocolError(host.name, 'it does not say what is loaded', said.stdout);
    if (status.output.next !== (said.code === 0))
      throw protocolError(host.name, 'it contradicts itself about what is loaded', said.stdout);
    return status.output.next;
  }

  async discard(host: HostEntry, signal?: AbortSignal): Promise<void> {
    await this.#json(host, ['unload', '--json'], this.#until(this.#limits.askMs, signal), slotsSchema);
  }

  async commit(
    host: HostEntry,
    rollout: string,
    bootId: string,
    signal?: AbortSignal,
  ): Promise<'committed' | 'already'> {
    checkRollout(host, rollout);
    if (!v.is(bootIdSchema, bootId))
      throw new FleetError('EINVAL', `${host.name}: no boot has such an id`, 'give what identify said', {
        host: host.name,
        value: oneLine(bootId),
      });
    const until = this.#until(this.#limits.commitMs, signal);
    this.#check(host, until);
    const argv = ['exec', '--once', rollout, '--boot-id', bootId, '--json'];
    const said = await this.#agentRun(host, argv, until).catch((error: unknown) => {
      throw unknownCommit(host, error);
    });
    if (said.code === 0 && v.is(slotsSchema, jsonOf(said.stdout)) && failureIn(said.stdout) === undefined)
      return 'committed';
    const failure = failureIn(said.stdout);
    if (said.code === undefined || said.code === 0 || (failure === undefined && !isNotStarted(said)))
      throw unknownCommit(host, protocolError(host.name, 'it does not say whether it reboots', said.stdout));
    if (failure?.code === 'EEXIST') return 'already';
    const error = failureOf(host.name, 'kexeckit exec', said);
    // Services may be being stopped still.
    throw error.code === 'ETIMEDOUT' ? unknownCommit(host, error) : error;
  }

  async claimOf(host: HostEntry, rollout: string, signal?: AbortSignal): Promise<string | undefined> {
    checkRollout(host, rollout);
    const until = this.#until(this.#limits.askMs, signal);
    const said = await this.#run(host, claimCommand(rollout), until, { maxBytes: WORDS_MOST });
    if (said.code === CAT_FAILED && said.stdout.length === 0) return undefined;
    if (said.code !== 0) throw failureOf(host.name, 'cat', said);
    const claim = v.safeParse(claimSchema, jsonOf(said.stdout));
    if (!claim.success) throw protocolError(host.name, `it does not say who claimed ${rollout}`, said.stdout);
    return claim.output.boot;
  }

  async evidence(host: HostEntry, signal?: AbortSignal): Promise<Evidence> {
    const until = this.#until(this.#limits.askMs, signal);
    return await this.#json(host, ['timeline', '--last', '--json'], until, evidenceSchema, [0, 1]);
  }

  async #has(host: HostEntry, path: string, file: DigestedFile, until: Until): Promise<boolean> {
    const said = await this.#run(host, askCommand(path, file.sha256), until, { maxBytes: WORDS_MOST });
    if (said.code !== 0) throw failureOf(host.name, 'sh', said);
    const word = textOf(said.stdout)?.trim();
    if (word !== PRESENT && word !== MISSING)
      throw protocolError(host.name, `it does not say whether it has ${path}`, said.stdout);
    return word === PRESENT;
  }

  async #write(host: HostEntry, path: string, file: DigestedFile, until: Until): Promise<void> {
    const stdin = await this.#files.read(file);
    const said = await this.#run(host, writeCommand(path, file.sha256), until, { stdin, maxBytes: WORDS_MOST });
    if (said.code === WRONG_DIGEST)
      throw new FleetError('EIO', `${host.name}: ${path} did not arrive whole`, 'try again', { host: host.name });
    if (said.code !== 0) throw failureOf(host.name, 'sh', said);
    if (textOf(said.stdout)?.trim() !== PRESENT)
      throw protocolError(host.name, `it does not say that it has ${path}`, said.stdout);
  }

  async #json<Output>(
    host: HostEntry,
    argv: readonly string[],
    until: Until,
    schema: v.GenericSchema<unknown, Output>,
    codes: readonly number[] = [0],
  ): Promise<Output> {
    const said = await this.#agentRun(host, argv, until);
    const what = `kexeckit ${argv[0]}`;
    const failure = failureIn(said.stdout);
    if (failure !== undefined || said.code === undefined || !codes.includes(said.code))
      throw failureOf(host.name, what, said);
    const parsed = v.safeParse(schema, jsonOf(said.stdout));
    if (!parsed.success) throw protocolError(host.name, `what ${what} says makes no sense`, said.stdout);
    return parsed.output;
  }

  async #agentRun(
    host: HostEntry,
    argv: readonly string[],
    until: Until,
    maxBytes: number = JSON_MOST,
  ): Promise<RunResult> {
    return await this.#run(host, [agentOnHost(this.#agent), ...argv], until, { maxBytes });
  }

  async #run(
    host: HostEntry,
    argv: readonly [string, ...string[]],
    until: Until,
    more: Pick<RunRequest, 'stdin' | 'maxBytes'>,
  ): Promise<RunResult> {
    const limitMs = this.#check(host, until);
    const result = await this.#transport.run(host, { argv, limitMs, signal: until.signal, ...more });
    // A transport that lets more through would let a host fill the memory of all workers.
    if (result.stdout.length > more.maxBytes)
      throw new FleetError('EMSGSIZE', `${host.name}: more than ${more.maxBytes} bytes`, 'look at the host', {
        host: host.name,
      });
    return result;
  }

  #until(limitMs: number, signal: AbortSignal | undefined): Until {
    return { deadline: this.#clock.now() + limitMs, signal };
  }

  /** Milliseconds that are left. */
  #check(host: HostEntry, { deadline, signal }: Until): number {
    const details = { host: host.name };
    if (signal?.aborted)
      throw new FleetError('ECANCELED', `${host.name}: given up`, 'begin again', { ...details, cause: signal.reason });
    const left = deadline - this.#clock.now();
    if (left > 0) return left;
    throw new FleetError('ETIMEDOUT', `${host.name}: it takes too long`, 'see what it is busy with', details);
  }
}

const NOT_STARTED = [126, 127] as const;
const isNotStarted = ({ code }: RunResult): boolean => NOT_STARTED.some((known) => known === code);

/** Codes of transports that say for certain that nothing has run. */
const NOT_THERE = ['EINVAL', 'EACCES', 'ECONNREFUSED', 'EHOSTUNREACH', 'EKEYREJECTED'] as const;

function checkRollout(host: HostEntry, rollout: string): void {
  if (isRolloutId(rollout)) return;
  const details = { host: host.name, value: oneLine(rollout) };
  throw new FleetError('EINVAL', `${host.name}: no rollout has such a name`, 'give letters, digits and -', details);
}

/** What a commit that broke off is: nobody knows whether the host reboots, unless it was not reached at all. */
function unknownCommit(host: HostEntry, cause: unknown): unknown {
  if (!(cause instanceof FleetError) || NOT_THERE.some((code) => code === cause.code)) return cause;
  const what = `${host.name}: whether it reboots is not known: ${cause.message}`;
  return new FleetError('EIO', what, 'see in which boot it is', { host: host.name, cause });
}
