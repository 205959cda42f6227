import type { Duplex } from 'node:stream';
import { QemuError } from './error.ts';
import type { Deadline } from './limits.ts';

/** Milliseconds that an answer may take which a QEMU that is well gives at once. */
const PATIENCE_MS = 30_000;

/** Characters that may come between a question and its answer: what a flood of events ends at. */
const HEARD_MAX = 1 << 24;

/** One question, and how its answer is known. */
export interface Question<Answer, T> {
  /** What it is called in errors. */
  readonly name: string;
  readonly text: string;
  /** Milliseconds that its answer may take; `Infinity` for as long as the connection may. */
  readonly patienceMs?: number;
  /** Called before it is asked, and when it has been. */
  readonly asking?: () => void;
  readonly asked?: () => void;
  /** What the answer says; undefined while it is not there yet. @throws QemuError where it is refused. */
  readonly read: (answer: Answer) => { readonly value: T } | undefined;
}

/** Who is talked to, and in which alphabet. */
export interface Other {
  /** In errors: "QEMU's control connection". */
  readonly name: string;
  readonly encoding: 'utf8' | 'latin1';
}

interface Waiting<Answer> {
  readonly name: string;
  readonly text: string;
  readonly patienceMs: number;
  readonly asking: (() => void) | undefined;
  readonly asked: (() => void) | undefined;
  /** Whether it has been answered by this. */
  readonly take: (answer: Answer) => boolean;
  readonly reject: (error: unknown) => void;
}

type State<Answer> =
  | { readonly kind: 'quiet' }
  | { readonly kind: 'answered' }
  | { readonly kind: 'asked'; readonly question: Waiting<Answer>; readonly timer: NodeJS.Timeout | undefined }
  | { readonly kind: 'over'; readonly why: QemuError };

/**
 * Questions and answers on a connection: one at a time, in their order, each within its patience and all within one
 * deadline. Its first failure ends it, and is the reason for everything that follows.
 *
 * quiet → asked → answered, for a turn → quiet … → over
 */
export class Conversation<Answer> {
  readonly #stream: Duplex;
  readonly #other: Other;
  readonly #waiting: Waiting<Answer>[] = [];
  #deadline: Deadline;
  #timer: NodeJS.Timeout | undefined;
  #state: State<Answer> = { kind: 'quiet' };
  #heard = 0;

  /** @param receive takes the text as it comes, until the conversation is over. */
  constructor(stream: Duplex, other: Other, deadline: Deadline, receive: (text: string) => void) {
    this.#stream = stream;
    this.#other = other;
    this.#deadline = deadline;
    stream.setEncoding(other.encoding);
    // A connection that breaks is closed too.
    stream.on('error', () => {});
    stream.on('end', () => this.fail(this.#closed()));
    stream.on('close', () => this.fail(this.#closed()));
    if (stream.destroyed || stream.readableEnded) this.fail(this.#closed());
    this.within(deadline);
    stream.on('data', (text) => this.#hear(String(text), receive));
  }

  get isOver(): boolean {
    return this.#state.kind === 'over';
  }

  /** What is being asked at the moment, in errors. */
  get asked(): string | undefined {
    return this.#state.kind === 'asked' ? this.#state.question.name : undefined;
  }

  /** @throws QemuError why the conversation is over, where it is. */
  refuseIfOver(): void {
    if (this.#state.kind === 'over') throw this.#state.why;
  }

  /** From now on there is this deadline and this signal, instead of those before. */
  within(deadline: Deadline): void {
    this.#disarm();
    if (this.isOver) return;
    this.#deadline = deadline;
    const left = deadline.left();
    if (left !== Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.fail(this.#late(inSeconds(deadline.milliseconds))), left);
    deadline.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (deadline.signal?.aborted) this.#onAbort();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#deadline.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** Asks when everything before has been answered. */
  ask<T>({ name, text, patienceMs = PATIENCE_MS, asking, asked, read }: Question<Answer, T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const take = (answer: Answer): boolean => {
        const result = read(answer);
        if (result !== undefined) resolve(result.value);
        return result !== undefined;
      };
      if (this.#state.kind === 'over') {
        reject(this.#state.why);
        return;
      }
      this.#waiting.push({ name, text, patienceMs, asking, asked, take, reject });
      this.#next();
    });
  }

  /** Says something that is not a question. */
  say(text: string): void {
    if (this.#state.kind !== 'over') this.#stream.write(text);
  }

  /** Asks the same once more. */
  repeat(): void {
    if (this.#state.kind === 'asked') this.#stream.write(this.#state.question.text);
  }

  /** Takes an answer off the stream. */
  answer(answer: Answer): void {
    if (this.#state.kind !== 'asked') return;
    const { question, timer } = this.#state;
    try {
      if (!question.take(answer)) return;
    } catch (error) {
      question.reject(error);
    }
    if (this.isOver) return;
    clearTimeout(timer);
    this.#state = { kind: 'answered' };
    // What is there already was said before the next question, and cannot be its answer.
    setImmediate(() => {
      if (this.isOver) return;
      this.#state = { kind: 'quiet' };
      this.#next();
    });
  }

  /** Ends the conversation, if nothing has before. */
  fail(why: QemuError): void {
    const before = this.#state;
    if (before.kind === 'over') return;
    this.#state = { kind: 'over', why };
    if (before.kind === 'asked') {
      clearTimeout(before.timer);
      before.question.reject(why);
    }
    this.#disarm();
    this.#stream.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(why);
  }

  /** Ends the conversation from this side. */
  close(): void {
    this.fail(new QemuError('ENOTCONN', `${this.#other.name} was closed here`, 'connect again'));
  }

  readonly #onAbort = (): void => {
    const cause: unknown = this.#deadline.signal?.reason;
    const what = `${this.#other.name} was cancelled${this.#during()}`;
    this.fail(
      isLate(cause) ? this.#late('in time', cause) : new QemuError('ECANCELED', what, 'connect again', { cause }),
    );
  };

  #next(): void {
    if (this.#state.kind !== 'quiet') return;
    const question = this.#waiting.shift();
    if (question === undefined) return;
    const { patienceMs } = question;
    const timer =
      patienceMs === Number.POSITIVE_INFINITY
        ? undefined
        : setTimeout(() => this.fail(this.#late(inSeconds(patienceMs))), patienceMs);
    this.#state = { kind: 'asked', question, timer };
    this.#heard = 0;
    question.asking?.();
    this.#stream.write(question.text);
    question.asked?.();
  }

  #hear(text: string, receive: (text: string) => void): void {
    if (this.isOver) return;
    this.#heard += text.length;
    receive(text);
    if (this.#state.kind === 'asked' && this.#heard > HEARD_MAX) this.fail(this.#endless(this.#state.question.name));
  }

  #during(): string {
    return this.asked === undefined ? '' : ` while it was asked ${this.asked}`;
  }

  #closed(): QemuError {
    return new QemuError(
      'ENOTCONN',
      `QEMU closed ${this.#other.name.replace(/^QEMU's/, 'its')}${this.#during()}`,
      'see why it ended',
    );
  }

  #late(when: string, cause?: unknown): QemuError {
    const what = this.asked === undefined ? 'was not done' : `did not answer ${this.asked}`;
    const hint = 'see whether QEMU hangs, or give it more time';
    return new QemuError('ETIMEDOUT', `${this.#other.name} ${what} ${when}`, hint, { cause });
  }

  #endless(asked: string): QemuError {
    return new QemuError(
      'EPROTO',
      `${this.#other.name} said ${this.#heard} characters, none of which answer ${asked}`,
      'check that the program is a QEMU',
    );
  }
}

const inSeconds = (milliseconds: number): string => `within ${milliseconds / 1000} s`;

/** Whether a signal was fired by a clock. */
const isLate = (reason: unknown): boolean =>
  reason instanceof Error && (reason.name === 'TimeoutError' || ('code' in reason && reason.code === 'ETIMEDOUT'));
