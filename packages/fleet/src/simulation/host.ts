import type { TroubleCode } from '@kexeckit/rollout';
import type { HostEvent } from './ledger.ts';
import { hexOf, uuidOf } from './seed.ts';

/** How a reboot goes on, and ends. */
export interface Journey {
  /** Milliseconds until it ends. */
  readonly ms: number;
  readonly end: 'up' | 'dead' | 'panicked';
  /** What runs after it. */
  readonly release: string;
  readonly isOtherMachine: boolean;
}

/** What a host is doing. Only `rebooting` ends by itself. */
export type HostPower =
  | { readonly state: 'up'; readonly since: number }
  | { readonly state: 'rebooting'; readonly until: number; readonly journey: Journey }
  | { readonly state: 'dead' | 'panicked' };

/** What a host that is made new begins with. */
export interface Beginning {
  readonly seed: number;
  readonly name: string;
  readonly now: number;
  readonly release: string;
  /** Whether it forgets who has rebooted it. */
  readonly isForgetful: boolean;
}

/** Which rollout has rebooted it, and in which boot it was asked to. */
export interface Claim {
  readonly rollout: string;
  readonly boot: string;
}

const NO_FILES: ReadonlySet<string> = new Set();

/**
 * The machine behind a host of the farm: what survives a reboot (files, claims, whether it is drained) and what does not (what is
 * loaded). It keeps the promises of a real host's side, whatever it is asked and in whatever order. Time is told to it.
 */
export class SimulatedMachine {
  readonly name: string;
  readonly #seed: number;
  readonly #isForgetful: boolean;
  readonly #tell: (at: number, event: HostEvent) => void;
  #power: HostPower;
  #boots = 0;
  #release: string;
  #isOtherMachine = false;
  #loaded: string | undefined;
  #isDrained = false;
  #files: ReadonlySet<string> = NO_FILES;
  #claims: readonly Claim[] = [];

  constructor({ seed, name, now, release, isForgetful }: Beginning, tell: (at: number, event: HostEvent) => void) {
    this.#seed = seed;
    this.#isForgetful = isForgetful;
    this.name = name;
    this.#release = release;
    this.#power = { state: 'up', since: now };
    this.#tell = tell;
  }

  get power(): HostPower {
    return this.#power;
  }

  get bootId(): string {
    return uuidOf(this.#seed, this.name, 'boot', this.#boots);
  }

  get machineId(): string {
    return machineIdOf(this.#seed, this.#isOtherMachine ? `${this.name}, another` : this.name);
  }

  get release(): string {
    return this.#release;
  }

  /** How often it has booted since it was made. */
  get boots(): number {
    return this.#boots;
  }

  /** The path of the plan that stands ready. */
  get loaded(): string | undefined {
    return this.#loaded;
  }

  get isDrained(): boolean {
    return this.#isDrained;
  }

  /** Lets a reboot end whose time has come. */
  settle(now: number): void {
    if (this.#power.state !== 'rebooting' || now < this.#power.until) return;
    const { until, journey } = this.#power;
    if (journey.end !== 'up') {
      this.#power = { state: journey.end };
      this.#tell(until, { event: 'down', how: journey.end });
      return;
    }
    this.#boots++;
    this.#release = journey.release;
    this.#isOtherMachine = journey.isOtherMachine;
    this.#power = { state: 'up', since: until };
    this.#tell(until, { event: 'up', boot: this.bootId, release: this.#release, machineId: this.machineId });
  }

  claimOf(rollout: string): Claim | undefined {
    return this.#claims.find((claim) => claim.rollout === rollout);
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  write(path: string, now: number): void {
    if (this.#files.has(path)) return;
    this.#files = new Set([...this.#files, path]);
    this.#tell(now, { event: 'write', path });
  }

  /** @returns the code of what is wrong, undefined where it is loaded. */
  load(files: readonly string[], now: number): TroubleCode | undefined {
    if (!files.every((path) => this.#files.has(path))) return 'ENOENT';
    const [plan = ''] = files;
    this.#loaded = plan;
    this.#tell(now, { event: 'load', plan, boot: this.bootId });
    return undefined;
  }

  unload(now: number): void {
    if (this.#loaded === undefined) return;
    this.#loaded = undefined;
    this.#tell(now, { event: 'unload' });
  }

  drain(now: number): void {
    this.#isDrained = true;
    this.#tell(now, { event: 'drain' });
  }

  restore(now: number, works: boolean): void {
    if (works) this.#isDrained = false;
    this.#tell(now, { event: works ? 'restore' : 'restore-failed' });
  }

  /**
   * The point of no return: guarded by the boot id and by a claim for each rollout; the claim is looked at first.
   *
   * @param journey undefined where it claims, and stays.
   * @returns the code of what is wrong, undefined where the reboot has begun.
   */
  leave(rollout: string, bootId: string, now: number, journey: Journey | undefined): TroubleCode | undefined {
    const code = this.#whyNot(rollout, bootId);
    if (code !== undefined) {
      this.#tell(now, { event: 'exec-refused', rollout, code });
      return code;
    }
    if (!this.#isForgetful) this.#claims = [...this.#claims, { rollout, boot: bootId }];
    this.#tell(now, { event: 'claim', rollout, boot: bootId });
    if (journey === undefined) return undefined;
    this.#tell(now, { event: 'commit', rollout, boot: bootId, plan: this.#loaded ?? '' });
    this.#loaded = undefined;
    this.#power = { state: 'rebooting', until: now + journey.ms, journey };
    return undefined;
  }

  #whyNot(rollout: string, bootId: string): TroubleCode | undefined {
    if (this.claimOf(rollout) !== undefined) return 'EEXIST';
    if (bootId !== this.bootId && !this.#isForgetful) return 'ESTALE';
    return this.#loaded === undefined ? 'ENOENT' : undefined;
  }
}

/** What /etc/machine-id of a host of the farm says. */
export const machineIdOf = (seed: number, name: string): string => hexOf(seed, name, 'machine');
