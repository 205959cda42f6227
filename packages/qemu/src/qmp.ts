import type { Duplex } from 'node:stream';
import { Conversation } from './conversation.ts';
import { QemuError } from './error.ts';
import { type ClientLimits, Deadline } from './limits.ts';
import { said, saidValue } from './said.ts';
import { connectSoon } from './socket.ts';

/** Characters of one message, at most: the longest that QEMU sends have some ten thousand. */
const LINE_MAX = 1 << 22;

/** What answers a command. `id` is what the command had, where the server gives it back. */
interface Answer {
  readonly id: unknown;
  readonly value: unknown;
  /** QEMU's description, where it refuses. */
  readonly refusal: string | undefined;
}

/**
 * A client of QEMU's machine protocol: one JSON object a line (QEMU, docs/interop/qmp-spec). Commands that are given at
 * once are sent one after the other, in their order.
 *
 * Every command throws QemuError: `EINVAL` with QEMU's own description, `EPROTO` for an answer that makes no sense, which
 * ends the connection, `ENOTCONN` where it is gone, `ETIMEDOUT` where no answer comes within 30 s or the connection's own
 * limit, `ECANCELED`. What ends a connection is what everything after it fails with.
 */
export class QmpClient {
  readonly #talk: Conversation<Answer>;
  #pieces: string[] = [];
  #length = 0;
  /** Commands are numbered from 1. A server that has given a number back always does. */
  #sent = 0;
  #numbers = false;
  #greeted = false;

  private constructor(connection: Duplex, deadline: Deadline) {
    const other = { name: "QEMU's control connection", encoding: 'utf8' } as const;
    this.#talk = new Conversation(connection, other, deadline, (text) => this.#receive(text));
  }

  /**
   * Connects and leaves capability negotiation.
   *
   * @param limits for everything that is asked on this connection, from now on.
   */
  static async connect(path: string, limits: AbortSignal | ClientLimits = {}): Promise<QmpClient> {
    const deadline = Deadline.of(limits);
    return await QmpClient.#open(await connectSoon(path, deadline), deadline);
  }

  /** Leaves capability negotiation on a connection that is there. */
  static async over(connection: Duplex, limits: AbortSignal | ClientLimits = {}): Promise<QmpClient> {
    return await QmpClient.#open(connection, Deadline.of(limits));
  }

  static async #open(connection: Duplex, deadline: Deadline): Promise<QmpClient> {
    const client = new QmpClient(connection, deadline);
    try {
      await client.execute('qmp_capabilities');
    } catch (error) {
      client.close();
      throw error;
    }
    // QEMU greets before it answers.
    client.#greeted = true;
    return client;
  }

  /**
   * Runs one command and returns what it returns; of integers beyond 2^53 the nearest double.
   *
   * @throws QemuError, `EINVAL` for arguments that JSON cannot hold too.
   */
  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.#sent += 1;
    const id = this.#sent;
    return await this.#talk.ask({
      name: command,
      text: lineOf(command, args, id),
      read: (answer) => {
        this.#numbers ||= answer.id === id;
        if (answer.id !== id && (this.#numbers || answer.id !== undefined)) throw this.#end(strangeIn(answer, command));
        if (answer.refusal !== undefined) throw refused(command, answer.refusal);
        return { value: answer.value };
      },
    });
  }

  /** Runs one command of QEMU's human monitor and returns what it prints. */
  async monitor(line: string): Promise<string> {
    const printed = await this.execute('human-monitor-command', { 'command-line': line });
    if (typeof printed === 'string') return printed;
    throw this.#end(nonsense(saidValue(printed)));
  }

  /** From now on these limits hold, instead of those before: for a connection that outlives what it was opened for. */
  within(limits: AbortSignal | ClientLimits): void {
    this.#talk.within(Deadline.of(limits));
  }

  /** @throws QemuError why the connection is over, where it is. */
  refuseIfOver(): void {
    this.#talk.refuseIfOver();
  }

  /** Closes the connection; QEMU goes on. What has not been answered fails, and so does what is asked from now on. */
  close(): void {
    this.#talk.close();
  }

  #receive(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#keep(text.slice(from, end));
      from = end + 1;
      if (this.#length > 0) this.#take(this.#line());
      if (this.#talk.isOver) return;
    }
    this.#keep(text.slice(from));
  }

  #line(): string {
    const line = this.#pieces.join('');
    this.#pieces = [];
    this.#length = 0;
    return line;
  }

  #keep(piece: string): void {
    if (piece === '') return;
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length > LINE_MAX) this.#end(nonsense(said(this.#pieces.join(''))));
  }

  /** An answer, the greeting, or an event, which nothing here waits for. */
  #take(line: string): void {
    if (line.trim() === '') return;
    const message = objectIn(line);
    const answer = message && answerIn(message);
    if (answer !== undefined) this.#answer(answer, line);
    else if (message !== undefined && 'QMP' in message && !this.#greeted) this.#greeted = true;
    else if (!(message !== undefined && 'event' in message)) this.#end(nonsense(said(line)));
  }

  #answer(answer: Answer, line: string): void {
    if (this.#talk.asked === undefined) this.#end(nonsense(said(line), ', though nothing was asked'));
    else this.#talk.answer(answer);
  }

  #end(error: QemuError): QemuError {
    this.#talk.fail(error);
    this.#pieces = [];
    return error;
  }
}

function lineOf(command: string, args: Readonly<Record<string, unknown>>, id: number): string {
  try {
    return `${JSON.stringify({ execute: command, arguments: args, id })}\n`;
  } catch (cause) {
    throw new QemuError('EINVAL', `the arguments of ${command} cannot be sent`, 'give what JSON can hold: no bigint', {
      cause,
    });
  }
}

function objectIn(line: string): object | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where the message is no answer. */
function answerIn(message: object): Answer | undefined {
  const id = 'id' in message ? message.id : undefined;
  const returns = 'return' in message;
  const refuses = 'error' in message;
  if (returns === refuses) return undefined;
  if (returns) return { id, value: message.return, refusal: undefined };
  const error: unknown = refuses ? message.error : undefined;
  if (typeof error !== 'object' || error === null || !('desc' in error)) return undefined;
  return typeof error.desc === 'string' ? { id, value: undefined, refusal: error.desc } : undefined;
}

const nonsense = (what: string, why = ''): QemuError =>
  new QemuError(
    'EPROTO',
    `QEMU's control connection said ${what}${why}`,
    'check that the program is a QEMU, and that nobody else uses the connection',
  );

const strange = (id: unknown, command: string): QemuError =>
  new QemuError(
    'EPROTO',
    `QEMU's control connection answered ${id === undefined ? 'without its number' : `number ${saidValue(id)}`} to ${command}`,
    'check that nobody else uses the connection',
  );

/** What QEMU cannot parse has no number for it; it may refuse the same more than once. */
const strangeIn = ({ id, refusal }: Answer, command: string): QemuError =>
  id === undefined && refusal !== undefined ? refused(command, refusal) : strange(id, command);

const refused = (command: string, what: string): QemuError =>
  new QemuError('EINVAL', `QEMU refused ${command}: ${said(what)}`, 'see the QMP reference of this QEMU');
