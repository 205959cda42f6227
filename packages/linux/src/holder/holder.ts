import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import {
  type Ending,
  lookAgain,
  type Machine,
  phases,
  RebootError,
  type Staged,
  type StagedReboot,
  undo,
} from '@kexeckit/reboot';
import { LinuxError } from '../error.ts';
import { isLoadedNow } from '../machine/loaded-now.ts';
import { writeMark } from '../write-mark.ts';
import { type Answer, allOf, answerFor, type Question, questionIn } from './protocol.ts';
import { busyHolding, otherHolder, socketIn } from './record.ts';
import { HOLDER_FOLDER } from './run-folder.ts';

/** What a process holds. */
export interface HeldReboot {
  readonly machine: Machine<Ending>;
  readonly reboot: StagedReboot<Ending>;
}

/** What a holder looks after. */
interface Held {
  readonly staged: Staged<Ending>;
  /** Undefined for what was to be undone: then nobody reboots into it. */
  readonly whole: HeldReboot | undefined;
}

/** Milliseconds from one look at what is loaded to the next. */
const LOOK = 10_000;
/** Milliseconds that an answer may take on its way. */
const LAST_ANSWER = 1000;

/**
 * A process that holds the pages of a staged reboot until somebody asks for it, or for its end. It loads nothing again, and
 * unloads the image before it gives the pages back.
 */
export class Holder {
  #held: Held;
  readonly #server: Server;
  #looking: NodeJS.Timeout | undefined;
  #resolve: () => void = () => {};
  /** Settles when nothing is held any more. */
  readonly ended: Promise<void>;

  private constructor(held: Held) {
    this.#held = held;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#server = createServer({ allowHalfOpen: true }, (socket) => void this.#serve(socket));
  }

  /** Begins to hold, in this process. Where that fails, what was staged is discarded; where that fails, too, the error says both. */
  static async start(held: HeldReboot, folder: string = HOLDER_FOLDER): Promise<Holder> {
    const holder = new Holder({ staged: held.reboot.staged, whole: held });
    try {
      const other = otherHolder(folder);
      if (other !== undefined) throw busyHolding(other);
      await holder.#listen(socketIn(folder));
    } catch (error) {
      clearInterval(holder.#looking);
      throw await undo(held.reboot.staged, error);
    }
    return holder;
  }

  /**
   * Goes on holding what was to be discarded, and the kernel did not let go of: without these pages the image is deadly. Asked to
   * end, it tries again; nobody is let reboot into it.
   */
  static async keep(staged: Staged<Ending>, folder: string = HOLDER_FOLDER): Promise<Holder> {
    const holder = new Holder({ staged, whole: undefined });
    // Signals reach it also where nobody can connect.
    await holder.#listen(socketIn(folder)).catch(() => {});
    return holder;
  }

  /** Unloads the image, and gives the pages back. @throws RebootError where the kernel does not let go: then it goes on. */
  async end(): Promise<void> {
    await this.#held.staged.discard();
    this.#finish();
  }

  async #listen(path: string): Promise<void> {
    this.#looking = setInterval(() => this.#look(), LOOK);
    rmSync(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
  }

  async #serve(socket: Socket): Promise<void> {
    socket.on('error', () => {});
    const answer = await answerFor(async () => await this.#answer(questionIn(await allOf(socket))));
    socket.end(`${JSON.stringify(answer)}\n`);
  }

  async #answer(question: Question): Promise<Answer> {
    const { staged, whole } = this.#held;
    switch (question) {
      case 'check':
        return { isWhole: whole !== undefined && (await staged.digest()) === whole.reboot.digest };
      case 'unload':
        await this.end();
        return {};
      case 'leave':
        if (whole === undefined) throw undoing();
        await this.#makeReady(whole);
        return {};
    }
  }

  /** The last look, and the mark of the reboot. Where the look is refused nothing is held any more, if the kernel lets go of it. */
  async #makeReady({ machine, reboot }: HeldReboot): Promise<void> {
    const { staged } = reboot;
    try {
      await lookAgain(machine, reboot);
    } catch (error) {
      // Without these pages what is still loaded is deadly.
      const isLeft = (await machine.staged()) === staged;
      if (isLeft) this.#held = { staged, whole: undefined };
      else this.#finish();
      throw isLeft ? stillHeld(error) : error;
    }
    const { strategy, verify } = reboot.plan.wishes;
    mark(strategy, verify);
  }

  /** Somebody else may have unloaded the image: then nothing is left to hold. */
  #look(): void {
    if (isLoaded() === false) void this.end().catch(() => {});
  }

  #finish(): void {
    clearInterval(this.#looking);
    // Whoever asked for this is answered first; nobody else is waited for.
    this.#server.close(() => this.#resolve());
    setTimeout(() => this.#resolve(), LAST_ANSWER);
  }
}

const undoing = (): RebootError =>
  new RebootError(
    'ESTALE',
    'what is loaded was to be unloaded, and the kernel did not let go of it',
    'unload it, and load it again: kexeckit unload, kexeckit load',
    { phase: phases.stage },
  );

const stillHeld = (error: unknown): RebootError =>
  new RebootError(
    error instanceof RebootError ? error.code : 'EIO',
    error instanceof Error ? error.message : String(error),
    `it is still loaded, and process ${process.pid} goes on holding its pages; unload it: kexeckit unload`,
    { phase: phases.stage, cause: error },
  );

/** A reboot without a mark is a reboot: only its timeline is not known. */
function mark(strategy: string, checks: boolean): void {
  try {
    writeMark({ strategy, checks });
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
  }
}

const isLoaded = (): boolean | undefined =>
  isLoadedNow((path) => {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      return undefined;
    }
  });
