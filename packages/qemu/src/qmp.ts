import type { Duplex } from 'node:stream';
import { QemuError } from './error.ts';
import { connectSoon, openOrCancelled } from './socket.ts';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Characters of one message, at most: the longest that QEMU sends have some ten thousand. */
const LINE_MAX = 1 << 24;

/** A client of QEMU's machine protocol: one JSON object a line, one command at a time (QEMU, docs/interop/qmp-spec). */
export class QmpClient {
  readonly #socket: Duplex;
  readonly #waiting: Waiting[] = [];
  #partial = '';
  #failure: QemuError | undefined;

  private constructor(socket: Duplex) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text) => this.#receive(String(text)));
    // A connection that breaks is closed too.
    socket.on('error', () => {});
    socket.on('close', () => this.#fail(closed()));
    if (socket.destroyed) this.#fail(closed());
  }

  /**
   * Connects and leaves capability negotiation.
   *
   * @throws QemuError `ECANCELED` for the signal, `ENOTCONN` where nobody listens.
   */
  static async connect(path: string, signal: AbortSignal): Promise<QmpClient> {
    const socket = await connectSoon(path, signal);
    return await openOrCancelled(socket, signal, QmpClient.over(socket));
  }

  /** Leaves capability negotiation on a connection that is there. @throws QemuError as {@link execute}. */
  static async over(connection: Duplex): Promise<QmpClient> {
    const client = new QmpClient(connection);
    await client.execute('qmp_capabilities');
    return client;
  }

  /**
   * Runs one command and returns what it returns. Commands that are given at once are answered in their order.
   *
   * @throws QemuError `EINVAL` with QEMU's own description, or for arguments that JSON cannot hold; `EPROTO` for an answer
   * that makes no sense, which ends the connection; `ENOTCONN`.
   */
  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const line = lineOf(command, args);
    if (this.#failure !== undefined) throw this.#failure;
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(line);
    });
  }

  /** Runs one command of QEMU's human monitor and returns what it prints. @throws QemuError as {@link execute}. */
  async monitor(line: string): Promise<string> {
    return String(await this.execute('human-monitor-command', { 'command-line': line }));
  }

  /** Closes the connection; QEMU goes on. */
  close(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#partial += text;
    if (this.#partial.length > LINE_MAX) this.#fail(nonsense(this.#partial));
    if (!text.includes('\n')) return;
    const lines = this.#partial.split('\n');
    this.#partial = lines.pop() ?? '';
    for (const line of lines) if (this.#failure === undefined && line.trim() !== '') this.#answer(line);
  }

  #answer(line: string): void {
    const message = objectIn(line);
    if (message === undefined) this.#fail(nonsense(line));
    else if ('return' in message) this.#waiting.shift()?.resolve(message.return);
    else if ('error' in message) this.#refuse(line, message.error);
    // Everything else is the greeting or an event; nothing here waits for one.
  }

  #refuse(line: string, error: unknown): void {
    if (typeof error !== 'object' || error === null || !('desc' in error)) this.#fail(nonsense(line));
    else this.#waiting.shift()?.reject(refused(String(error.desc)));
  }

  /** The first failure is the reason for everything that follows. */
  #fail(error: QemuError): void {
    this.#failure ??= error;
    this.#partial = '';
    this.#socket.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

function lineOf(command: string, args: Readonly<Record<string, unknown>>): string {
  try {
    return `${JSON.stringify({ execute: command, arguments: args })}\n`;
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

const closed = (): QemuError => new QemuError('ENOTCONN', 'QEMU closed its control connection', 'see why it ended');

const nonsense = (line: string): QemuError =>
  new QemuError(
    'EPROTO',
    `QEMU's control connection said ${JSON.stringify(line.slice(0, 80))}`,
    'check that the program is a QEMU, and that nobody else uses the connection',
  );

const refused = (what: string): QemuError =>
  new QemuError('EINVAL', `QEMU refused a command: ${what}`, 'see the QMP reference of this QEMU');
