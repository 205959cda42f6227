import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { QemuError } from './error.ts';
import { connectSoon } from './socket.ts';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A client of QEMU's machine protocol: one JSON object a line, one command at a time (QEMU, docs/interop/qmp-spec). */
export class QmpClient {
  readonly #socket: Duplex;
  readonly #waiting: Waiting[] = [];

  private constructor(socket: Duplex) {
    this.#socket = socket;
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => this.#receive(line));
    // A connection that breaks is closed too. The reader of lines passes its errors on.
    for (const source of [socket, lines]) source.on('error', () => {});
    socket.on('close', () =>
      this.#fail(new QemuError('ENOTCONN', 'QEMU closed its control connection', 'see why it ended')),
    );
  }

  /** Connects and leaves capability negotiation. */
  static async connect(path: string, signal: AbortSignal): Promise<QmpClient> {
    return QmpClient.over(await connectSoon(path, signal));
  }

  /** Leaves capability negotiation on a connection that is there. */
  static async over(connection: Duplex): Promise<QmpClient> {
    const client = new QmpClient(connection);
    await client.execute('qmp_capabilities');
    return client;
  }

  /** Runs one command and returns what it returns. @throws QemuError `EINVAL` with QEMU's own description, `ENOTCONN`. */
  execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
  }

  /** Runs one command of QEMU's human monitor and returns what it prints. */
  async monitor(line: string): Promise<string> {
    return String(await this.execute('human-monitor-command', { 'command-line': line }));
  }

  /** Closes the connection; QEMU goes on. */
  close(): void {
    this.#socket.destroy();
  }

  #receive(line: string): void {
    const message: unknown = JSON.parse(line);
    if (typeof message !== 'object' || message === null) return;
    if ('return' in message) this.#waiting.shift()?.resolve(message.return);
    else if ('error' in message) this.#waiting.shift()?.reject(refused(message.error));
    // Everything else is the greeting or an event; nothing here waits for one.
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

function refused(error: unknown): QemuError {
  const what =
    typeof error === 'object' && error !== null && 'desc' in error ? String(error.desc) : JSON.stringify(error);
  return new QemuError('EINVAL', `QEMU refused a command: ${what}`, 'see the QMP reference of this QEMU');
}
