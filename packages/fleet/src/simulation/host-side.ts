import { createHash } from 'node:crypto';
import type { TroubleCode } from '@kexeckit/rollout';
import { type Asked, type Command, type CommandKind, commandOf } from './command.ts';
import type { FarmConfig } from './config.ts';
import { classOf, hostName } from './config.ts';
import type { Fate, FateKind } from './fates.ts';
import { type Claim, type Journey, machineIdOf, type SimulatedMachine } from './host.ts';
import {
  bytesReply,
  ESCAPES,
  errorReply,
  failedReply,
  garbageReply,
  jsonReply,
  type Reply,
  textReply,
  timelineReply,
} from './replies.ts';
import { between, bitsOf, type Range } from './seed.ts';

/** A program that a worker runs on a host. */
export interface FarmRequest {
  readonly worker: string;
  readonly host: string;
  readonly argv: readonly string[];
  readonly stdin?: Uint8Array | undefined;
  /** On the clock of the farm. */
  readonly limitMs: number;
  readonly maxBytes: number;
}

/** What comes of it: a reply, or what a transport throws. */
export type FarmAnswer = {
  /** When it comes, in milliseconds of the farm's clock from the request on. */
  readonly afterMs: number;
} & ({ readonly reply: Reply } | { readonly trouble: TroubleCode; readonly what: string });

/** A host of the farm: made when it is first asked. */
export interface FarmMember {
  readonly machine: SimulatedMachine;
  /** What befalls it. */
  readonly fate: Fate;
  /** How often a program has been run on it. */
  requests: number;
  /** How often it was asked for what while it was up, where the seed cuts its connections. */
  asked: ReadonlyMap<CommandKind, number>;
  /** Fates that befall it once, and have done so. */
  spent: readonly FateKind[];
}

/** One request, with all that answers it. */
interface Call {
  readonly member: FarmMember;
  readonly machine: SimulatedMachine;
  readonly has: (kind: FateKind) => boolean;
  readonly request: FarmRequest;
  readonly now: number;
}

/** A reply that comes after as long as this kind of work takes; `hangs` never comes. */
type Work = { readonly takes: Range | 'hangs' } & (
  | { readonly reply: Reply; readonly isHuge?: boolean }
  | { readonly trouble: TroubleCode; readonly what: string }
);

const AGENT_SUFFIX = '/kexeckit';
const NO_ROOM = 'cat: write error: No space left on device';
const BROKE = { trouble: 'EIO', what: 'the connection broke' } as const;

/** What hosts answer, as their fates let them. */
export class HostSide {
  readonly #config: FarmConfig;
  readonly #bundles: readonly Uint8Array[];
  readonly #strange: Uint8Array;

  /** @param bundles what hosts of each class say of themselves; the last is that of a host that is of no class. */
  constructor(config: FarmConfig, bundles: readonly Uint8Array[], strange: Uint8Array) {
    this.#config = config;
    this.#bundles = bundles;
    this.#strange = strange;
  }

  /** @param isArmed whether the fate befalls the host. */
  answer(member: FarmMember, request: FarmRequest, isArmed: boolean, now: number): FarmAnswer {
    const has = (kind: FateKind): boolean => isArmed && member.fate.has(kind);
    const call: Call = { member, machine: member.machine, has, request, now };
    const { takes, ...rest } = this.#work(call);
    if (takes === 'hangs') return { afterMs: request.limitMs, trouble: 'ETIMEDOUT', what: 'it takes too long' };
    const factor = has('slow') ? this.#config.times.slowFactor : 1;
    const afterMs = factor * between(takes, this.#config.seed, request.host, member.requests);
    if (afterMs > request.limitMs) return { afterMs: request.limitMs, trouble: 'ETIMEDOUT', what: 'it takes too long' };
    if ('trouble' in rest) return { afterMs, trouble: rest.trouble, what: rest.what };
    if (rest.isHuge === true || rest.reply.stdout.length > request.maxBytes)
      return { afterMs, trouble: 'EMSGSIZE', what: `more than ${request.maxBytes} bytes` };
    return { afterMs, reply: rest.reply };
  }

  #work(call: Call): Work {
    const { has, machine, request } = call;
    const takes = this.#config.times.reply;
    // The console is that of the hardware, which answers where the host does not.
    if (request.argv[0] === 'sim' && request.argv[1] === 'console') return { takes, reply: this.#console(call) };
    if (has('unreachable')) return { takes, trouble: 'EHOSTUNREACH', what: 'no route to host' };
    if (has('locked-out')) return { takes, trouble: 'EACCES', what: 'permission denied (publickey)' };
    if (has('key-changed')) return { takes, trouble: 'EKEYREJECTED', what: 'the host key has changed' };
    if (machine.power.state !== 'up')
      return {
        takes,
        trouble: machine.power.state === 'rebooting' ? 'ECONNREFUSED' : 'EHOSTUNREACH',
        what: 'no reply',
      };
    const { command, agent }: Asked = commandOf(request.argv);
    if (agent !== undefined && !machine.has(agent))
      return { takes, reply: failedReply(`sh: ${agent}: not found`, 127) };
    return this.#commandWork(call, command);
  }

  #commandWork(call: Call, command: Command): Work {
    const { has } = call;
    const { reply: takes, load, drain, health } = this.#config.times;
    switch (command.kind) {
      case 'identify':
        return this.#identify(call);
      case 'architecture':
        return { takes, reply: textReply('aarch64\n') };
      case 'claim':
        return { takes, reply: claimReply(call.machine.claimOf(command.rollout)) };
      case 'ask':
        return { takes, reply: textReply(call.machine.has(command.path) ? 'present\n' : 'missing\n') };
      case 'write':
        return { takes, reply: this.#write(call, command.path, command.sha256) };
      case 'describe':
        return this.#describe(call);
      case 'load':
        return { takes: load, ...this.#load(call, command.files) };
      case 'status':
        return { takes, reply: this.#status(call) };
      case 'unload':
        call.machine.unload(call.now);
        return { takes, reply: jsonReply({ next: false, crash: false }) };
      case 'exec':
        return { takes, ...this.#exec(call, command.rollout ?? '', command.bootId ?? '') };
      case 'evidence':
        return this.#evidence(call);
      case 'drain':
        // A drain that fails has moved some of the work away.
        call.machine.drain(call.now);
        if (has('drain-hangs')) return { takes: 'hangs', ...BROKE };
        return { takes: drain, reply: has('drain-fails') ? failedReply('sim: cannot evict web-0') : textReply('') };
      case 'restore':
        call.machine.restore(call.now, !has('restore-fails'));
        return { takes, reply: has('restore-fails') ? failedReply('sim: cannot uncordon') : textReply('') };
      case 'health':
        if (has('health-hangs') && call.machine.boots > 0) return { takes: 'hangs', ...BROKE };
        return { takes: health, reply: this.#health(call) };
      case 'console':
      case 'unknown':
        return { takes, reply: failedReply('sim: no such program', 127) };
    }
  }

  #identify({ has, machine, request }: Call): Work {
    const { seed, times } = this.#config;
    const takes = times.reply;
    // Whoever looks after the reboot is told the truth: these fates are of the inspection.
    const isBefore = machine.boots === 0;
    if (isBefore && has('identify-fails')) return { takes, reply: failedReply('cat: I/O error') };
    if (isBefore && has('garbage-identity')) return { takes, reply: garbageReply(seed, request.host) };
    if (isBefore && has('huge-identity')) return { takes, reply: textReply(''), isHuge: true };
    const machineId = isBefore && has('another-identity') ? this.#machineIdOfAnother(request.host) : machine.machineId;
    const escapes = isBefore && has('escapes-identity') ? ESCAPES : '';
    return { takes, reply: textReply(`${machine.bootId}\n${escapes}${machine.release}\n${machineId}\n`) };
  }

  #machineIdOfAnother(host: string): string {
    const { seed, hosts } = this.#config;
    const other = hostName(this.#config, bitsOf(seed, host, 'another') % hosts);
    return machineIdOf(seed, other === host ? 'nobody' : other);
  }

  #write({ has, machine, request: { stdin = new Uint8Array() }, now }: Call, path: string, sha256: string): Reply {
    if (has(path.endsWith(AGENT_SUFFIX) ? 'install-fails' : 'upload-fails')) return failedReply(NO_ROOM);
    if (createHash('sha256').update(stdin).digest('hex') !== sha256) return failedReply('', 3);
    machine.write(path, now);
    return textReply('present\n');
  }

  #describe({ has, request: { host } }: Call): Work {
    const takes = this.#config.times.load;
    if (has('describe-fails')) return { takes, reply: errorReply('EIO', '/proc/iomem cannot be read') };
    if (has('garbage-description')) return { takes, reply: garbageReply(this.#config.seed, host) };
    if (has('huge-description')) return { takes, reply: textReply(''), isHuge: true };
    const bundle = has('wrong-reality') ? this.#strange : this.#bundles[classOf(this.#config, host)];
    return { takes, reply: bytesReply(bundle ?? this.#strange) };
  }

  #load(call: Call, files: readonly string[]): Omit<Extract<Work, { reply: Reply }>, 'takes'> | typeof BROKE {
    const { has, machine, now } = call;
    if (has('load-fails')) return { reply: errorReply('EIO', 'kexec_load: cannot allocate memory') };
    if (has('wrong-reality')) return { reply: errorReply('ESTALE', 'the plan was made with something else') };
    const code = machine.load(files, now);
    if (code !== undefined) return { reply: errorReply(code, 'a file is missing') };
    if (once(call, 'load-breaks')) return BROKE;
    if (once(call, 'load-garbage')) return { reply: textReply('{"kind":"plan","strategy":\n') };
    return { reply: jsonReply({ kind: 'plan', strategy: 'simulated' }) };
  }

  #status({ machine }: Call): Reply {
    const next = machine.loaded !== undefined;
    return jsonReply({ next, crash: false }, next ? 0 : 1);
  }

  #exec(call: Call, rollout: string, bootId: string): { readonly reply: Reply } | typeof BROKE {
    const { has, machine, now } = call;
    if (has('exec-refused')) return { reply: errorReply('EBUSY', 'another reboot is under way') };
    if (once(call, 'exec-breaks-before')) return BROKE;
    const code = machine.leave(rollout, bootId, now, has('never-leaves') ? undefined : this.#journey(call));
    if (code !== undefined) return { reply: errorReply(code, `cannot commit: ${code}`) };
    if (has('exec-garbage')) return { reply: garbageReply(this.#config.seed, machine.name) };
    return has('exec-breaks-after') ? BROKE : { reply: jsonReply({ next: true, crash: false }) };
  }

  #journey({ has, machine }: Call): Journey {
    const { seed, times, release, nextRelease } = this.#config;
    const factor = has('slow') ? times.slowFactor : 1;
    const range = has('returns-late') ? times.late : times.boot;
    const ms = factor * between(range, seed, machine.name, 'boot', machine.boots);
    const end = has('never-returns') ? 'dead' : has('panics') ? 'panicked' : 'up';
    const after = has('old-kernel') ? release : nextRelease;
    return { ms, end, release: after, isOtherMachine: has('other-machine') };
  }

  #health({ has, machine, now }: Call): Reply {
    const { seed, times } = this.#config;
    if (machine.boots === 0 || machine.power.state !== 'up') return textReply('ok\n');
    const ill = between(times.unhealthy, seed, machine.name, 'ill', machine.boots);
    const isIll = has('unhealthy') || (has('unhealthy-while') && now < machine.power.since + ill);
    return isIll ? failedReply('sim: web is not ready') : textReply('ok\n');
  }

  #evidence({ has, machine }: Call): Work {
    const { seed, times } = this.#config;
    const takes = times.reply;
    if (has('evidence-fails')) return { takes, reply: errorReply('ENOENT', 'no mark of a reboot') };
    if (has('evidence-garbage')) return { takes, reply: garbageReply(seed, machine.name) };
    if (has('evidence-huge')) return { takes, reply: textReply(''), isHuge: true };
    const seconds = (what: string, most: number): number => between([most / 2, most], seed, machine.name, what);
    const told = { shutdown: seconds('shutdown', 2), startup: seconds('startup', 8) };
    const reply = timelineReply(told);
    if (!has('evidence-escapes')) return { takes, reply };
    return { takes, reply: bytesReply(Buffer.concat([Buffer.from(ESCAPES), reply.stdout])) };
  }

  #console({ machine, has }: Call): Reply {
    if (machine.power.state === 'panicked')
      return textReply(
        `[    0.000000] Linux version ${this.#config.nextRelease}\n[    1.204113] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n${has('escapes-identity') ? ESCAPES : ''}`,
      );
    if (machine.power.state === 'dead') return textReply('[    0.000000] Booting Linux on physical CPU 0x0000000000\n');
    return textReply('');
  }
}

const claimReply = (claim: Claim | undefined): Reply =>
  claim === undefined ? failedReply('cat: No such file or directory') : jsonReply({ boot: claim.boot });

/** Whether a fate befalls a host that does so only once, which it has then done. */
function once({ member, has }: Call, kind: FateKind): boolean {
  if (!has(kind) || member.spent.includes(kind)) return false;
  member.spent = [...member.spent, kind];
  return true;
}
