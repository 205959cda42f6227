import { type NextKernel, type Phase, phases, RebootError, type Watch } from '@kexeckit/reboot';
import { ConsoleWatcher, type Sighting } from './console.ts';
import type { Deadline } from './limits.ts';
import { userSpaceMark } from './options.ts';
import { endedEarly, type QemuProcess } from './process.ts';

/** Milliseconds without a word after which a console is silent. */
const SILENT_MS = 5000;

/** What a wait for a mark is about, for people. */
export interface Awaited {
  readonly phase: Phase;
  /** Who prints it: `the new kernel`. */
  readonly who: string;
  /** What the mark shows that it does, in the infinitive; the mark itself where that says it. */
  readonly does?: string;
  /** What to do where it does not come. */
  readonly hints: {
    /** The kernel panicked instead. */
    readonly panic: string;
    /** Nothing was printed at all. */
    readonly silent: string;
    /** The last line was a while ago. */
    readonly pause: string;
  };
}

const nextKernel: Awaited = {
  phase: phases.startup,
  who: 'the new kernel',
  hints: {
    panic: 'see the console; a wrong root= or rdinit= is the usual reason',
    silent: 'it printed nothing at all: try --append earlycon',
    pause: 'it hangs after the lines below',
  },
};

const doesOf = ({ does }: Awaited, mark: RegExp): string => does ?? `print ${mark}`;

/** The console of a QEMU, and why a mark on it does not come. */
export class QemuConsole {
  readonly #qemu: QemuProcess;
  readonly #watcher = new ConsoleWatcher();
  /** When it said something last, in milliseconds. */
  #heard = 0;

  constructor(qemu: QemuProcess) {
    this.#qemu = qemu;
  }

  /** From now on what QEMU prints is looked at, and told as events. */
  follow({ onEvent }: Watch): void {
    this.#qemu.output.setEncoding('utf8').on('data', (text: string) => {
      this.#watcher.push(text);
      this.#heard = performance.now();
      onEvent?.({ type: 'console', text });
    });
    this.#qemu.output.once('end', () => this.#watcher.close());
  }

  /** The last lines. */
  tail(): string[] {
    return this.#watcher.tail();
  }

  /** Everything so far; where that is too much, its beginning and its end. */
  text(): string {
    return this.#watcher.text();
  }

  /** Waits until the next kernel has reached a mark, behind the one that was seen last. @throws RebootError as `waitFor` */
  async kernelAt(mark: RegExp, deadline: Deadline, signal: AbortSignal): Promise<NextKernel> {
    const behind = this.#watcher.seen;
    const reached = await this.waitFor(mark, nextKernel, deadline, signal);
    const version = this.#watcher.find(/Linux version/, behind)?.match(/Linux version \S+/)?.[0];
    return { version, reached: reached.trim() };
  }

  /**
   * Waits for the line of a mark, behind the one that was seen last.
   *
   * @throws RebootError in the phase: `EIO` for a panic and the end of QEMU, `ETIMEDOUT` where it does not come in time; the
   * reason of the signal.
   */
  async waitFor(mark: RegExp, awaited: Awaited, deadline: Deadline, signal: AbortSignal): Promise<string> {
    const behind = this.#watcher.seen;
    // Whoever limits the phase may be the first to see that time has run out: what did not come is said in both cases.
    const sighting = this.#watcher.waitFor(mark, deadline.left(), signal, behind);
    const { kind, line } = await sighting.catch(timeoutIfLate);
    if (kind === 'seen') return line;
    const { phase, who, hints } = awaited;
    const console = this.tail();
    if (kind === 'closed') throw await this.#closed(mark, awaited, console);
    if (kind === 'panic')
      throw new RebootError('EIO', `${who} panicked: ${line.trim()}`, hints.panic, { phase, console });
    const why = this.#whyLate(mark, awaited, deadline.milliseconds, behind);
    throw new RebootError('ETIMEDOUT', ...why, { phase, console });
  }

  /** A machine that is switched off, or reset, ends QEMU in good order. */
  async #closed(mark: RegExp, awaited: Awaited, console: readonly string[]): Promise<RebootError> {
    const { phase, who } = awaited;
    const complaint = await this.#qemu.ended;
    if (complaint !== '' || this.#qemu.child.exitCode !== 0 || console.length === 0)
      return endedEarly(this.#qemu, phase, complaint, console);
    const message = `the machine was switched off, or reset, before ${who} could ${doesOf(awaited, mark)}`;
    return new RebootError('EIO', message, 'see the lines below', { phase, console });
  }

  /** What did not come in time, and what to do: a kernel that is up, or slow, does not hang. */
  #whyLate(mark: RegExp, awaited: Awaited, limit: number, behind: number): [message: string, hint: string] {
    const { who, hints } = awaited;
    const late = `${who} did not ${doesOf(awaited, mark)} within ${limit / 1000} s`;
    const isOwn = awaited.does === undefined && mark.source !== userSpaceMark.source;
    const up = isOwn ? this.#watcher.find(userSpaceMark, behind) : undefined;
    if (up !== undefined)
      return [
        `${late}, though it is up: ${up.trim()}`,
        'wait for what it does print: see the lines below, and --expect',
      ];
    if (this.tail().length === 0) return [late, hints.silent];
    return performance.now() - this.#heard < SILENT_MS
      ? [late, 'it was still printing: it is slow, and wants more time (--timeout)']
      : [late, hints.pause];
  }
}

function timeoutIfLate(error: unknown): Sighting {
  if (error instanceof RebootError && error.code === 'ETIMEDOUT') return { kind: 'timeout', line: '' };
  throw error;
}
