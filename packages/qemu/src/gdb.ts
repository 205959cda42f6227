import type { Duplex } from 'node:stream';
import { QemuError } from './error.ts';
import { connectSoon } from './socket.ts';

/** Offsets in the reply to `g` of an AArch64 stub: x0 to x30, sp, pc, 8 bytes each. */
const PC = 32;
const HEX_PER_REGISTER = 16;

/** Bytes of a register description that are asked for at once. */
const CHUNK = 0xff0;

/** The general-purpose registers and the program counter. */
export interface GdbRegisters {
  readonly x: readonly bigint[];
  readonly pc: bigint;
}

/** A client of QEMU's gdb stub: breakpoints and registers (GDB Remote Serial Protocol). */
export class GdbClient {
  readonly #socket: Duplex;
  #received = '';
  #waiting: { resolve: (packet: string) => void; reject: (error: Error) => void } | undefined;
  readonly #packets: string[] = [];
  #numbers: Promise<ReadonlyMap<string, number>> | undefined;
  #closed = false;

  private constructor(socket: Duplex) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text) => this.#receive(String(text)));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      this.#waiting?.reject(closed());
    });
  }

  /** Connects; the stub stops the machine. */
  static async connect(path: string, signal: AbortSignal): Promise<GdbClient> {
    return GdbClient.over(await connectSoon(path, signal));
  }

  /** Stops the machine on a connection that is there. */
  static async over(connection: Duplex): Promise<GdbClient> {
    const client = new GdbClient(connection);
    await client.#ask('?');
    // A machine that was running tells on its own that it has stopped, before or after the answer.
    for (let reply = await client.#ask('qAttached'); /^[TS]/.test(reply); ) reply = await client.#next();
    return client;
  }

  /** Stops the machine before it executes the instruction at this address. */
  async setBreakpoint(address: bigint): Promise<void> {
    await this.#expectOk(`Z1,${address.toString(16)},4`);
  }

  /** Lets go of a breakpoint. */
  async clearBreakpoint(address: bigint): Promise<void> {
    await this.#expectOk(`z1,${address.toString(16)},4`);
  }

  /** Lets the machine run until it stops. */
  async continueToStop(): Promise<void> {
    await this.#ask('c');
  }

  /** Stops a running machine; the pending `continueToStop` then returns. */
  interrupt(): void {
    this.#socket.write('\x03');
  }

  /** Executes one instruction. */
  async step(): Promise<void> {
    await this.#ask('s');
  }

  async registers(): Promise<GdbRegisters> {
    const reply = await this.#ask('g');
    const at = (index: number): bigint =>
      littleEndian(reply.slice(index * HEX_PER_REGISTER, (index + 1) * HEX_PER_REGISTER));
    return { x: Array.from({ length: 31 }, (_, index) => at(index)), pc: at(PC) };
  }

  /**
   * A register by QEMU's own name, in any case: `cpsr`, or a system register such as `TTBR1_EL1`.
   *
   * @throws QemuError `ENOENT` where QEMU lists no such register for this CPU.
   */
  async register(name: string): Promise<bigint> {
    this.#numbers ??= this.#registerNumbers();
    const number = (await this.#numbers).get(name.toLowerCase());
    if (number === undefined)
      throw new QemuError('ENOENT', `QEMU's gdb stub lists no register ${name}`, 'the CPU may not have it');
    const reply = await this.#ask(`p${number.toString(16)}`);
    if (!/^([0-9a-f]{2})+$/.test(reply)) throw nonsense(reply, name);
    return littleEndian(reply);
  }

  /** Lets go of the machine, which runs on. */
  async detach(): Promise<void> {
    await this.#expectOk('D');
    this.#socket.destroy();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** The numbers of all registers, from the descriptions that the target's own names (GDB, "Target Descriptions"). */
  async #registerNumbers(): Promise<ReadonlyMap<string, number>> {
    const target = await this.#description('target.xml');
    const numbers = new Map<string, number>();
    let next = 0;
    for (const [, file = ''] of target.matchAll(/<xi:include href="([^"]+)"/g)) {
      const features = await this.#description(file);
      for (const [, attributes = ''] of features.matchAll(/<reg ([^>]*)>/g)) {
        const name = /\bname="([^"]+)"/.exec(attributes)?.[1];
        // A register without a number follows the one before it.
        const number = Number(/\bregnum="(\d+)"/.exec(attributes)?.[1] ?? next);
        if (name !== undefined) numbers.set(name.toLowerCase(), number);
        next = number + 1;
      }
    }
    return numbers;
  }

  /** One file of the target's description; the reply starts with `m` where more follows and with `l` at the end. */
  async #description(file: string): Promise<string> {
    let text = '';
    for (;;) {
      const reply = await this.#ask(`qXfer:features:read:${file}:${text.length.toString(16)},${CHUNK.toString(16)}`);
      if (!/^[ml]/.test(reply)) throw nonsense(reply, file);
      text += reply.slice(1);
      if (reply.startsWith('l')) return text;
    }
  }

  async #expectOk(command: string): Promise<void> {
    const reply = await this.#ask(command);
    if (reply !== 'OK') throw nonsense(reply, command);
  }

  #ask(command: string): Promise<string> {
    if (this.#closed) return Promise.reject(closed());
    const sum = [...command].reduce((total, letter) => total + letter.charCodeAt(0), 0) % 256;
    this.#socket.write(`$${command}#${sum.toString(16).padStart(2, '0')}`);
    return this.#next();
  }

  #next(): Promise<string> {
    const ready = this.#packets.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Takes whole packets (`$…#hh`) off the stream and acknowledges them. */
  #receive(text: string): void {
    this.#received += text;
    for (;;) {
      const found = /\$([^#]*)#[0-9a-f]{2}/.exec(this.#received);
      if (found === null) return;
      this.#received = this.#received.slice(found.index + found[0].length);
      this.#socket.write('+');
      this.#deliver(found[1] ?? '');
    }
  }

  #deliver(packet: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#packets.push(packet);
    else waiting.resolve(packet);
  }
}

const closed = (): QemuError => new QemuError('ENOTCONN', 'QEMU closed its debugger connection', 'see why it ended');

const nonsense = (reply: string, asked: string): QemuError =>
  new QemuError('EPROTO', `QEMU's gdb stub answered ${reply || 'nothing'} to ${asked}`, 'use another version of QEMU');

function littleEndian(hex: string): bigint {
  const bytes = hex.match(/../g) ?? [];
  return BigInt(`0x${bytes.toReversed().join('') || '0'}`);
}
