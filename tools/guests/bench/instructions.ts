import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

/**
 * Counts a guest's instructions: QEMU runs it by instructions (`-icount`) and records, and says how many there were so far
 * (`query-replay`).
 */
export class InstructionCounter {
  readonly #socket: string;
  readonly arguments: readonly string[];
  #open: { readonly socket: Socket; readonly lines: Interface; readonly answers: AsyncIterator<string> } | undefined;

  constructor(folder: string) {
    this.#socket = join(folder, 'qmp');
    this.arguments = [
      ...['-icount', `shift=0,rr=record,rrfile=${join(folder, 'record')}`],
      ...['-qmp', `unix:${this.#socket},server=on,wait=off`],
    ];
  }

  /** Instructions so far. */
  async read(): Promise<number> {
    if (this.#open === undefined) {
      const socket = connect(this.#socket);
      const lines = createInterface({ input: socket });
      this.#open = { socket, lines, answers: lines[Symbol.asyncIterator]() };
      await this.#ask('qmp_capabilities');
    }
    const answer = await this.#ask('query-replay');
    return Number(/"icount": (\d+)/.exec(answer)?.[1] ?? Number.NaN);
  }

  close(): void {
    this.#open?.lines.close();
    this.#open?.socket.destroy();
  }

  async #ask(command: string): Promise<string> {
    this.#open?.socket.write(`${JSON.stringify({ execute: command })}\n`);
    for (;;) {
      const line = await this.#open?.answers.next();
      if (line === undefined || line.done === true) throw new Error('QEMU has closed its monitor');
      if (line.value.includes('"return"')) return line.value;
    }
  }
}
