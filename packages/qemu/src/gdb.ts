import type { Duplex } from 'node:stream';
import { QemuError } from './error.ts';
import { connectSoon, openOrCancelled } from './socket.ts';

/** Offsets in the reply to `g` of an AArch64 stub: x0 to x30, sp, pc, 8 bytes each. */
const PC = 32;
const HEX_PER_REGISTER = 16;

/** Bytes of a register description that are asked for at once. */
const CHUNK = 0xff0;

/** Characters of one packet, at most: the longest that are asked for here have some thousands. */
const PACKET_MAX = 1 << 20;

/** The general-purpose registers and the program counter. */
export interface GdbRegisters {
  readonly x: readonly bigint[];
  readonly pc: bigint;
}

/**
 * A client of QEMU's gdb stub: breakpoints and registers (GDB Remote Serial Protocol). What is asked at once is asked in
 * its order, one after the other.
 *
 * Every question throws QemuError: `EPROTO` for an answer that makes no sense, `ENOTCONN` where the connection is gone.
 */
export class GdbClient {
  readonly #socket: Duplex;
  #received = '';
  #waiting: { resolve: (packet: string) => void; reject: (error: Error) => void } | undefined;
  readonly #packets: string[] = [];
  /** Settles when everything that was asked has been answered. */
  #answered: Promise<unknown> = Promise.resolve();
  #numbers: Promise<ReadonlyMap<string, number>> | undefined;
  #failure: QemuError | undefined;

  private constructor(socket: Duplex) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text) => this.#receive(String(text)));
    socket.on('error', () => {});
    socket.on('close', () => this.#fail(closed()));
    if (socket.destroyed) this.#fail(closed());
  }

  /** Connects; the stub stops the machine. @throws QemuError `ECANCELED` for the signal, `ENOTCONN` where nobody listens. */
  static async connect(path: string, signal: AbortSignal): Promise<GdbClient> {
    const socket = await connectSoon(path, signal);
    return await openOrCancelled(socket, signal, GdbClient.over(socket));
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
    await this.#expectStop('c');
  }

  /** Stops a running machine; the pending `continueToStop` then returns. */
  interrupt(): void {
    this.#socket.write('\x03');
  }

  /** Executes one instruction. */
  async step(): Promise<void> {
    await this.#expectStop('s');
  }

  async registers(): Promise<GdbRegisters> {
    const reply = await this.#ask('g');
    if (!isBytes(reply) || reply.length < (PC + 1) * HEX_PER_REGISTER) throw nonsense(reply, 'g');
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
    if (!isBytes(reply)) throw nonsense(reply, name);
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

  /** Lets the machine run; the answer comes when it has stopped. */
  async #expectStop(command: string): Promise<void> {
    const reply = await this.#ask(command);
    if (!/^[TSWX]/.test(reply)) throw nonsense(reply, command);
  }

  /** Asks when everything before has been answered: answers do not say what they belong to. */
  #ask(command: string): Promise<string> {
    const answer = this.#answered.then(() => this.#send(command));
    this.#answered = answer.catch(() => {});
    return answer;
  }

  #send(command: string): Promise<string> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#socket.write(`$${command}#${checksum(command)}`);
    return this.#next();
  }

  #next(): Promise<string> {
    const ready = this.#packets.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Takes whole packets (`$…#hh`) off the stream and acknowledges them. Between them only acknowledgements may stand. */
  #receive(text: string): void {
    this.#received += text;
    while (this.#failure === undefined) {
      this.#received = this.#received.replace(/^[+-]+/, '');
      if (this.#received === '') return;
      const [, packet, sum] = /^\$([^#]*)#([0-9a-f]{2})/.exec(this.#received) ?? [];
      if (packet === undefined && isBeginning(this.#received)) return;
      if (packet === undefined || checksum(packet) !== sum) {
        this.#fail(nonsense(this.#received, 'what it was asked'));
        return;
      }
      this.#received = this.#received.slice(packet.length + FRAME);
      this.#socket.write('+');
      this.#deliver(packet);
    }
  }

  #deliver(packet: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#packets.push(packet);
    else waiting.resolve(packet);
  }

  /** The first failure is the reason for everything that follows. */
  #fail(error: QemuError): void {
    this.#failure ??= error;
    this.#received = '';
    this.#socket.destroy();
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }
}

/** Characters of a packet around its contents: `$`, `#` and two of the checksum. */
const FRAME = 4;

/** The sum of all characters, modulo 256, as two hexadecimal digits. */
function checksum(text: string): string {
  let sum = 0;
  for (let at = 0; at < text.length; at++) sum += text.charCodeAt(at);
  return (sum % 256).toString(16).padStart(2, '0');
}

/** Whether this can become a packet. */
const isBeginning = (text: string): boolean =>
  text.startsWith('$') && text.length < PACKET_MAX && /^[^#]*(#[0-9a-f]?)?$/.test(text);

const isBytes = (reply: string): boolean => /^([0-9a-f]{2})+$/.test(reply);

const closed = (): QemuError => new QemuError('ENOTCONN', 'QEMU closed its debugger connection', 'see why it ended');

const nonsense = (reply: string, asked: string): QemuError => {
  const answer = reply === '' ? 'nothing' : JSON.stringify(reply.slice(0, 80));
  return new QemuError('EPROTO', `QEMU's gdb stub answered ${answer} to ${asked}`, 'use another version of QEMU');
};

function littleEndian(hex: string): bigint {
  const bytes = hex.match(/../g) ?? [];
  return BigInt(`0x${bytes.toReversed().join('') || '0'}`);
}
