import { randomBytes } from 'node:crypto';
import { phases } from '@kexeckit/reboot';
import { CliError } from '../../../error.ts';
import { type BootProcess, type CommandOf, startBooting } from './boot-process.ts';
import { EventLog } from './event-log.ts';
import type { QemuLimits } from './limits.ts';
import type { BootFailure, FromBooter } from './talk.ts';

const ID_BYTES = 16;

/** What becomes of what is typed: taken · there is no console that is typed on · the machine has not read what was typed before. */
export type Typed = 'taken' | 'closed' | 'full';

/** What the last event says. */
type Ending = Extract<FromBooter, { readonly type: 'arrived' | 'failed' }>;

/** One reboot on a QEMU machine, from its request to the machine's end, in a process of its own. It ends by itself where nobody watches it. */
export class QemuRun {
  readonly id: string = randomBytes(ID_BYTES).toString('base64url');
  /** `phase`, `planned`, `proved`, `console`, `up`, and at last `end`; each with `seconds` since the beginning but the console. */
  readonly log: EventLog;
  /** Resolves when the machine is gone, and everything has been told. */
  readonly ended: Promise<void>;
  readonly #limits: QemuLimits;
  readonly #began = performance.now();
  readonly #process: BootProcess;
  /** Why it was ended before its next kernel was up, where it was. */
  #why: CliError | undefined;
  #ending: Ending | undefined;
  #phase: BootFailure['phase'] = null;
  #isUp = false;
  /** Bytes that were typed, and not read. */
  #unread = 0;
  #watchers = 0;
  #grace: NodeJS.Timeout | undefined;
  /** Ends what takes too long. */
  #late: NodeJS.Timeout | undefined;

  /** @param body of a request that can be read. */
  constructor(body: Uint8Array, limits: QemuLimits, command?: CommandOf) {
    this.#limits = limits;
    this.log = new EventLog(limits.consoleLength);
    this.#waitForWatchers();
    this.#process = startBooting(body, limits, (message) => this.#hear(message), command);
    this.#endIn(limits.planMs, () => this.#stop(tooLate('the plan', limits.planMs)));
    this.ended = this.#process.ended.then((how) => this.#settle(how));
  }

  /** Types on the console of the next kernel. */
  type(bytes: Uint8Array): Typed {
    if (!this.#isUp) return 'closed';
    if (this.#unread + bytes.length > this.#limits.waitingBytes) return 'full';
    this.#unread += bytes.length;
    this.#process.tell({ type: 'input', bytes });
    return 'taken';
  }

  /** Ends the machine: in good order where the next kernel is up, as cancelled before. */
  async end(why: CliError = cancelled()): Promise<void> {
    if (this.#isUp) this.#leave();
    else this.#stop(why);
    await this.ended;
  }

  /** Somebody watches until the function that this gives is called; undefined where there are too many. */
  watch(): (() => void) | undefined {
    if (this.#watchers >= this.#limits.watchers) return undefined;
    this.#watchers += 1;
    clearTimeout(this.#grace);
    return () => {
      this.#watchers -= 1;
      if (this.#watchers === 0) this.#waitForWatchers();
    };
  }

  #waitForWatchers(): void {
    if (this.log.isOver) return;
    clearTimeout(this.#grace);
    this.#grace = setTimeout(() => void this.end(nobodyWatches()), this.#limits.graceMs);
  }

  /** It is asked first: what does not listen, because it computes, is ended. */
  #stop(why: CliError): void {
    if (this.#why !== undefined || this.#ending !== undefined) return;
    this.#why = why;
    this.#process.tell({ type: 'stop' });
    this.#endIn(this.#limits.endMs, () => this.#process.kill());
  }

  #leave(): void {
    this.#isUp = false;
    this.#process.tell({ type: 'leave' });
    this.#endIn(this.#limits.endMs, () => this.#process.kill());
  }

  #endIn(milliseconds: number, end: () => void): void {
    clearTimeout(this.#late);
    this.#late = setTimeout(end, milliseconds);
  }

  #hear(message: FromBooter): void {
    switch (message.type) {
      case 'phase':
        this.#begin(message.phase);
        break;
      case 'console':
        this.log.console(message.text);
        break;
      case 'read':
        this.#unread -= message.bytes;
        break;
      case 'up':
        this.#comeUp(message);
        break;
      case 'arrived':
      case 'failed':
        this.#ending = message;
        // It has nothing more to say: where it does not go, it is ended.
        this.#endIn(this.#limits.endMs, () => this.#process.kill());
        break;
      default: {
        const { type, ...data } = message;
        this.#tell(type, data);
      }
    }
  }

  #begin(phase: BootFailure['phase']): void {
    const { bootMs } = this.#limits;
    this.#phase = phase;
    this.#tell('phase', { phase });
    // What it does from here on it does in steps, and has its own limit for; this one is for where it does not keep to it.
    if (phase === phases.stage.name && this.#why === undefined)
      this.#endIn(bootMs, () => this.#stop(tooLate('the reboot', bootMs)));
  }

  #comeUp({ report }: Extract<FromBooter, { readonly type: 'up' }>): void {
    if (this.#why !== undefined) return;
    this.#isUp = true;
    this.#ending = { type: 'arrived', report };
    this.#endIn(this.#limits.keptMs, () => this.#leave());
    this.#tell('up', { report });
  }

  #tell(type: string, data: object): void {
    this.log.tell(type, { ...data, seconds: (performance.now() - this.#began) / 1000 });
  }

  #settle(how: string): void {
    clearTimeout(this.#grace);
    clearTimeout(this.#late);
    this.#isUp = false;
    this.#tell('end', this.#end(how));
    this.log.end();
  }

  #end(how: string): object {
    if (this.#ending?.type === 'arrived') return { how: 'arrived', report: this.#ending.report };
    const stopped = (error: CliError): BootFailure => {
      const { code, message, hint } = error;
      return { code, message, hint, phase: this.#phase, console: [] };
    };
    if (this.#why !== undefined)
      return { how: this.#why.code === 'ECANCELED' ? 'cancelled' : 'failed', error: stopped(this.#why) };
    return { how: 'failed', error: this.#ending?.error ?? stopped(gone(how)) };
  }
}

const cancelled = (): CliError =>
  new CliError('ECANCELED', 'the machine was ended before its next kernel was up', 'start it again');

const nobodyWatches = (): CliError =>
  new CliError(
    'ECANCELED',
    'the machine was ended: nobody watched it any more',
    'start it again, and stay on the page',
  );

const tooLate = (what: string, milliseconds: number): CliError =>
  new CliError('ETIMEDOUT', `${what} took longer than ${milliseconds / 1000} s`, 'try with smaller files');

const gone = (how: string): CliError =>
  new CliError(
    'EIO',
    `the process that plans and boots ended by itself (${how})`,
    'see whether this host has memory left; smaller files take less',
  );
