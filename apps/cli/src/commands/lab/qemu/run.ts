import { randomBytes } from 'node:crypto';
import type { Writable } from 'node:stream';
import type { RunningMachine } from '@kexeckit/qemu';
import { type Arrival, type PhaseRow, phases, type RebootEvent, type RebootReport } from '@kexeckit/reboot';
import { CliError } from '../../../error.ts';
import { errorFacts } from '../../../render/error-facts.ts';
import { plainReport } from '../../../render/reboot.ts';
import { rebootErrorDetails } from '../../../render/reboot-error.ts';
import { EventLog } from './event-log.ts';
import type { QemuLimits } from './limits.ts';
import type { QemuRequest } from './request.ts';

const ID_BYTES = 16;

/** What becomes of what is typed: taken · there is no console that is typed on · the machine has not read what was typed before. */
export type Typed = 'taken' | 'closed' | 'full';

/** One reboot on a QEMU machine, from its request to the machine's end. It ends by itself where nobody watches it. */
export class QemuRun {
  readonly id: string = randomBytes(ID_BYTES).toString('base64url');
  /** `phase`, `planned`, `proved`, `console`, `up`, and at last `end`; each with `seconds` since the beginning but the console. */
  readonly log: EventLog;
  /** Resolves when the machine is gone, and everything has been told. */
  readonly ended: Promise<void>;
  readonly #limits: QemuLimits;
  readonly #began = performance.now();
  readonly #stop = new AbortController();
  /** Lets go of a machine whose next kernel is up. */
  #leave: () => void = () => {};
  #isEnding = false;
  #input: Writable | undefined;
  #phase: PhaseRow | undefined;
  #watchers = 0;
  #grace: NodeJS.Timeout | undefined;

  constructor(request: QemuRequest, limits: QemuLimits) {
    this.#limits = limits;
    this.log = new EventLog(limits.consoleLength);
    this.#waitForWatchers();
    this.ended = this.#run(request);
  }

  /** Types on the console of the next kernel. */
  type(bytes: Uint8Array): Typed {
    if (this.#input === undefined) return 'closed';
    if (this.#input.writableLength + bytes.length > this.#limits.waitingBytes) return 'full';
    this.#input.write(bytes);
    return 'taken';
  }

  /** Ends the machine: in good order where the next kernel is up, as cancelled before. */
  async end(why: CliError = cancelled()): Promise<void> {
    if (this.#input !== undefined) this.#leave();
    else if (!this.#isEnding) this.#stop.abort(why);
    this.#isEnding = true;
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

  async #run(request: QemuRequest): Promise<void> {
    try {
      const report = await this.#reboot(request);
      this.#tell('end', { how: 'arrived', report: plainReport(report) });
    } catch (error) {
      this.#tell('end', this.#failure(error));
    }
    clearTimeout(this.#grace);
    this.log.end();
  }

  async #reboot({ machine, job, keep }: QemuRequest): Promise<RebootReport<Arrival>> {
    const [{ QemuMachine }, { reboot }] = await Promise.all([import('@kexeckit/qemu'), import('@kexeckit/reboot')]);
    const options = { ...machine, timeoutMs: this.#limits.bootMs };
    const made = new QemuMachine(keep ? { ...options, keep: (running) => this.#keep(running) } : options);
    return await reboot(made, job, { onEvent: (event) => this.#see(event), signal: this.#stop.signal });
  }

  #see(event: RebootEvent): void {
    switch (event.type) {
      case 'phase':
        this.#phase = phases[event.phase];
        this.#tell('phase', { phase: event.phase });
        break;
      case 'console':
        this.log.console(event.text);
        break;
      case 'planned':
        this.#tell('planned', { notes: event.plan.notes });
        break;
      case 'proved':
        this.#tell('proved', { checks: event.proof.checks.length, violations: event.proof.violations.length });
        break;
    }
  }

  async #keep({ input, ended }: RunningMachine): Promise<void> {
    this.#input = input;
    this.#tell('up', {});
    const left = new Promise<void>((resolve) => {
      this.#leave = resolve;
    });
    const timer = setTimeout(this.#leave, this.#limits.keptMs);
    await Promise.race([ended, left]);
    clearTimeout(timer);
    this.#isEnding = true;
    this.#input = undefined;
  }

  #tell(type: string, data: object): void {
    this.log.tell(type, { ...data, seconds: (performance.now() - this.#began) / 1000 });
  }

  #failure(error: unknown): object {
    const { reason } = this.#stop.signal;
    if (reason instanceof CliError) {
      const { code, message, hint } = reason;
      return { how: 'cancelled', error: { code, message, hint, phase: this.#phase?.name ?? null, console: [] } };
    }
    const { code, message, hint, phase } = errorFacts(error, { phase: this.#phase });
    const { console = [] } = error instanceof Error ? rebootErrorDetails(error) : {};
    return { how: 'failed', error: { code, message, hint: hint ?? '', phase: phase?.name ?? null, console } };
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
