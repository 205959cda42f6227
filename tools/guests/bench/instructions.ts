import { connect, type Socket } from 'node:net';
import { join } from 'node:path';

/** A line or packet protocol over a socket: what was sent is answered in turn. */
class Wire {
  readonly #socket: Socket;
  #text = '';
  #wake: (() => void) | undefined;

  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      this.#wake?.();
    });
    // QEMU goes first in the end; before it, the guest's deadline ends every wait.
    this.#socket.on('error', () => {});
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** Waits for this, and takes all up to its end. */
  async next(mark: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = mark.exec(this.#text);
      if (match !== null) {
        this.#text = this.#text.slice(match.index + match[0].length);
        return match;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

/**
 * Counts a guest's instructions between two addresses: QEMU runs it by instructions (`-icount`) and records, its debugger stops it
 * at each, and it says how many there were so far (`query-replay`).
 */
export class InstructionCounter {
  readonly arguments: readonly string[];
  readonly #monitorPath: string;
  readonly #debuggerPath: string;
  readonly #wires: Wire[] = [];

  constructor(folder: string) {
    this.#monitorPath = join(folder, 'qmp');
    this.#debuggerPath = join(folder, 'gdb');
    this.arguments = [
      ...['-icount', `shift=0,rr=record,rrfile=${join(folder, 'record')}`],
      ...['-qmp', `unix:${this.#monitorPath},server=on,wait=off`],
      ...['-gdb', `unix:${this.#debuggerPath},server=on,wait=off`],
    ];
  }

  /** Lets the guest go on once `ready` is called with its debugger set up, and counts from the first address to the second. */
  async between(from: string, to: string, ready: () => void): Promise<number> {
    const monitor = this.#open(this.#monitorPath);
    await ask(monitor, 'qmp_capabilities');
    const debugger_ = this.#open(this.#debuggerPath);
    for (const address of [from, to]) {
      debugger_.send(packet(`Z1,${address},4`));
      await debugger_.next(/\$OK#../);
    }
    debugger_.send(packet('c'));
    ready();
    await debugger_.next(/\$T05[^#]*#../);
    const begin = await icount(monitor);
    debugger_.send(`+${packet(`z1,${from},4`)}`);
    await debugger_.next(/\$OK#../);
    debugger_.send(packet('c'));
    await debugger_.next(/\$T05[^#]*#../);
    return (await icount(monitor)) - begin;
  }

  close(): void {
    for (const wire of this.#wires) wire.close();
  }

  #open(path: string): Wire {
    const wire = new Wire(path);
    this.#wires.push(wire);
    return wire;
  }
}

async function ask(monitor: Wire, command: string): Promise<string> {
  monitor.send(`${JSON.stringify({ execute: command })}\n`);
  return (await monitor.next(/\{"return".*\}\r?\n/)).toString();
}

async function icount(monitor: Wire): Promise<number> {
  return Number(/"icount": (\d+)/.exec(await ask(monitor, 'query-replay'))?.[1] ?? Number.NaN);
}

/** A packet of GDB's remote protocol, after the acknowledgement of what came before. */
function packet(text: string): string {
  const sum = [...text].reduce((total, letter) => (total + letter.charCodeAt(0)) & 0xff, 0);
  return `+$${text}#${sum.toString(16).padStart(2, '0')}`;
}
