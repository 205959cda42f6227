import type { Duplex } from 'node:stream';
import { Conversation } from './conversation.ts';
import { QemuError } from './error.ts';
import { type Frame, FrameReader, packetOf } from './gdb-packets.ts';
import { Receipts } from './gdb-receipts.ts';
import {
  filesIn,
  type GdbRegisters,
  isBytes,
  type ListedRegister,
  listRegisters,
  registerIn,
  registersIn,
} from './gdb-registers.ts';
import { type ClientLimits, Deadline } from './limits.ts';
import { said } from './said.ts';
import { connectSoon } from './socket.ts';

export type { GdbRegisters } from './gdb-registers.ts';

/** Bytes of a register description that are asked for at once, and that one file of it may have. */
const CHUNK = 0xff0;
const DESCRIPTION_MAX = 1 << 20;
/** Files that a description may have. */
const FILES_MAX = 64;

/** How often a packet is sent again because the stub did not get it. On a local connection nothing is lost. */
const REPEATS = 3;

/** How many stops may be told while the connection opens. */
const EARLY_STOPS = 8;

/** opening: what ran stops, and tells so on its own · stopped · running: only a stop is an answer. */
type Phase = 'opening' | 'stopped' | 'running';

/**
 * A client of QEMU's gdb stub: breakpoints and registers (GDB Remote Serial Protocol). What is asked at once is asked in
 * its order, one after the other.
 *
 * Every question throws QemuError: `EPROTO` for an answer that makes no sense or a refusal, `EIO` where the machine has
 * ended, `ENOTCONN` where the connection is gone, `ETIMEDOUT` where no answer comes within 30 s or the connection's own
 * limit, `ECANCELED`. What has no sense as a packet ends the connection; everything after it fails with the same error.
 */
export class GdbClient {
  readonly #talk: Conversation<string>;
  readonly #frames = new FrameReader();
  readonly #receipts = new Receipts();
  #phase: Phase = 'opening';
  #stops = 0;
  #repeats = 0;
  /** Times that the machine is to run, the present one included, and whether to stop as soon as it does. */
  #runs = 0;
  #stopAtOnce = false;
  #registers: Promise<ReadonlyMap<string, ListedRegister>> | undefined;

  private constructor(connection: Duplex, deadline: Deadline) {
    const other = { name: "QEMU's gdb stub", encoding: 'latin1' } as const;
    this.#talk = new Conversation(connection, other, deadline, (text) => this.#receive(text));
  }

  /**
   * Connects; the stub stops the machine.
   *
   * @param limits for everything that is asked on this connection, from now on.
   */
  static async connect(path: string, limits: AbortSignal | ClientLimits = {}): Promise<GdbClient> {
    const deadline = Deadline.of(limits);
    return await GdbClient.#open(await connectSoon(path, deadline), deadline);
  }

  /** Stops the machine on a connection that is there. */
  static async over(connection: Duplex, limits: AbortSignal | ClientLimits = {}): Promise<GdbClient> {
    return await GdbClient.#open(connection, Deadline.of(limits));
  }

  static async #open(connection: Duplex, deadline: Deadline): Promise<GdbClient> {
    const client = new GdbClient(connection, deadline);
    try {
      await client.#ask('?', (reply) => (isStop(reply) ? reply : undefined));
      // A machine that was running tells on its own that it has stopped, before or after the answer.
      await client.#askPast(
        'qAttached',
        (reply) => isStop(reply) && ++client.#stops <= EARLY_STOPS,
        (reply) => (/^[01]?$/.test(reply) ? reply : undefined),
      );
    } catch (error) {
      client.close();
      throw error;
    }
    client.#phase = 'stopped';
    return client;
  }

  /** Stops the machine before it executes the instruction at this address. @throws QemuError `EINVAL` for one that is none. */
  async setBreakpoint(address: bigint): Promise<void> {
    await this.#expectOk(`Z1,${hexOf(address)},4`);
  }

  /** Lets go of a breakpoint. */
  async clearBreakpoint(address: bigint): Promise<void> {
    await this.#expectOk(`z1,${hexOf(address)},4`);
  }

  /** Lets the machine run until it stops, for as long as the connection may last. */
  async continueToStop(): Promise<void> {
    this.#runs += 1;
    try {
      await this.#expectStop('c', Number.POSITIVE_INFINITY);
    } finally {
      this.#runs -= 1;
    }
  }

  /** Stops a running machine; the pending `continueToStop` then returns. Nothing happens where none is pending. */
  interrupt(): void {
    this.#talk.refuseIfOver();
    if (this.#phase === 'running') this.#talk.say('\x03');
    else if (this.#runs > 0) this.#stopAtOnce = true;
  }

  /** Executes one instruction. */
  async step(): Promise<void> {
    await this.#expectStop('s');
  }

  async registers(): Promise<GdbRegisters> {
    return await this.#ask('g', registersIn);
  }

  /**
   * A register by QEMU's own name, in any case: `cpsr`, or a system register such as `TTBR1_EL1`.
   *
   * @throws QemuError `ENOENT` where QEMU lists no such register for this CPU.
   */
  async register(name: string): Promise<bigint> {
    this.#registers ??= this.#listRegisters();
    const register = (await this.#registers).get(name.toLowerCase());
    if (register === undefined)
      throw new QemuError('ENOENT', `QEMU's gdb stub lists no register ${name}`, 'the CPU may not have it');
    const command = `p${register.number.toString(16)}`;
    return await this.#ask(command, (reply) => registerIn(reply, register), `${command} (${name})`);
  }

  /** Lets go of the machine, which runs on, and closes the connection. */
  async detach(): Promise<void> {
    await this.#expectOk('D');
    this.#talk.close();
  }

  /** From now on these limits hold, instead of those before: for a connection that outlives what it was opened for. */
  within(limits: AbortSignal | ClientLimits): void {
    this.#talk.within(Deadline.of(limits));
  }

  /** @throws QemuError why the connection is over, where it is. */
  refuseIfOver(): void {
    this.#talk.refuseIfOver();
  }

  /** Closes the connection; what has not been answered fails, and so does what is asked from now on. */
  close(): void {
    this.#talk.close();
  }

  /** All registers, from the descriptions that the target's own names (GDB, "Target Descriptions"). */
  async #listRegisters(): Promise<ReadonlyMap<string, ListedRegister>> {
    try {
      const listed = new Map<string, ListedRegister>();
      const files = filesIn(await this.#description('target.xml'));
      if (files.length > FILES_MAX) throw nonsense(`${files.length} files`, 'target.xml');
      let next = 0;
      for (const file of files) next = listRegisters(await this.#description(file), next, listed);
      return listed;
    } catch (error) {
      // Whoever asks next asks anew.
      this.#registers = undefined;
      throw error;
    }
  }

  /** One file of the target's description; the reply starts with `m` where more follows and with `l` at the end. */
  async #description(file: string): Promise<string> {
    let text = '';
    for (;;) {
      const command = `qXfer:features:read:${file}:${text.length.toString(16)},${CHUNK.toString(16)}`;
      const { isLast, piece } = await this.#ask(command, pieceIn, file);
      text += piece;
      if (isLast) return text;
      if (text.length > DESCRIPTION_MAX) throw nonsense(`${text.length} bytes and more`, file);
    }
  }

  async #expectOk(command: string): Promise<void> {
    await this.#ask(command, (reply) => (reply === 'OK' ? reply : undefined));
  }

  /** Lets the machine run; the answer comes when it has stopped. What it prints by the debugger comes before. */
  async #expectStop(command: string, patienceMs?: number): Promise<void> {
    const read = (reply: string): string | undefined => {
      this.#phase = 'stopped';
      return isStop(reply) ? reply : undefined;
    };
    await this.#askPast(command, isOutput, read, { patienceMs });
  }

  #ask<T>(command: string, read: (reply: string) => T | undefined, name = command): Promise<T> {
    return this.#askPast(command, () => false, read, { name });
  }

  /** Asks a question before whose answer something else may come. */
  #askPast<T>(
    command: string,
    isBefore: (reply: string) => boolean,
    read: (reply: string) => T | undefined,
    { name = command, patienceMs }: { readonly name?: string; readonly patienceMs?: number | undefined } = {},
  ): Promise<T> {
    return this.#talk.ask({
      name,
      text: packetOf(command),
      ...(patienceMs !== undefined && { patienceMs }),
      asking: () => this.#receipts.send(),
      asked: () => this.#hasAsked(command),
      read: (reply) => {
        if (isBefore(reply)) return undefined;
        const value = read(reply);
        if (value === undefined) throw this.#noAnswer(reply, name);
        return { value };
      },
    });
  }

  /** A refusal is an answer; behind anything else nobody knows what answers what. */
  #noAnswer(reply: string, name: string): QemuError {
    const error = ended(reply) ?? nonsense(reply, name);
    if (!isRefusal(reply)) this.#talk.fail(error);
    return error;
  }

  #hasAsked(command: string): void {
    this.#repeats = 0;
    if (command !== 'c' && command !== 's') return;
    this.#phase = 'running';
    if (command === 'c' && this.#stopAtOnce) this.#talk.say('\x03');
    this.#stopAtOnce = false;
  }

  #receive(text: string): void {
    const frames = [...this.#frames.push(text)];
    const packets = frames.filter(({ kind }) => kind === 'packet').length;
    if (packets > 0) this.#talk.say('+'.repeat(packets));
    for (const frame of frames) {
      if (this.#talk.isOver) return;
      this.#take(frame);
    }
  }

  #take(frame: Frame): void {
    switch (frame.kind) {
      case 'packet':
        this.#deliver(frame.text);
        return;
      case 'taken':
        this.#receipts.take();
        return;
      case 'again':
        this.#repeats += 1;
        if (this.#repeats > REPEATS) this.#talk.fail(nonsense('-', this.#asked));
        else this.#talk.repeat();
        return;
      case 'nonsense':
        this.#talk.fail(nonsense(frame.text, this.#asked));
        return;
    }
  }

  #deliver(packet: string): void {
    if (this.#talk.asked !== undefined && this.#receipts.isTaken) this.#talk.answer(packet);
    else if (this.#phase === 'opening' && isStop(packet) && ++this.#stops <= EARLY_STOPS) return;
    else this.#talk.fail(ended(packet) ?? nonsense(packet, this.#asked, this.#early));
  }

  get #early(): string {
    return this.#talk.asked === undefined ? '' : ', before it had taken the question';
  }

  get #asked(): string {
    return this.#talk.asked ?? 'nothing that it was asked';
  }
}

/** `S` or `T` and the number of a signal; behind `T` come pairs such as `thread:01;`. */
const isStop = (reply: string): boolean => /^(?:S[0-9a-f]{2}|T[0-9a-f]{2}(?:[^:;]+:[^;]*(?:;|$))*)$/i.test(reply);

/** `E` and what is wrong, or nothing at all for what the stub does not know. */
const isRefusal = (reply: string): boolean => reply === '' || /^E(?:[0-9a-f]{2}$|\.)/i.test(reply);

/** `O` and what the machine prints by way of the debugger. */
const isOutput = (reply: string): boolean => reply === 'O' || (reply.startsWith('O') && isBytes(reply.slice(1)));

/** A piece of a description, not longer than it was asked for, and more than nothing where more follows. */
function pieceIn(reply: string): { readonly isLast: boolean; readonly piece: string } | undefined {
  if (!/^[ml]/.test(reply) || reply === 'm' || reply.length > CHUNK + 1) return undefined;
  return { isLast: reply.startsWith('l'), piece: reply.slice(1) };
}

/** `W` with a status, `X` with a signal: there is no machine any more. */
function ended(reply: string): QemuError | undefined {
  const [, how] = /^([WX])[0-9a-f]{2}/i.exec(reply) ?? [];
  if (how === undefined) return undefined;
  return new QemuError('EIO', `QEMU's gdb stub says that the machine has ended (${said(reply)})`, 'see why QEMU ended');
}

function nonsense(reply: string, asked: string, why = ''): QemuError {
  const hint = isRefusal(reply) ? 'it refuses; ask for what this machine has' : 'use another version of QEMU';
  return new QemuError('EPROTO', `QEMU's gdb stub answered ${said(reply)} to ${asked}${why}`, hint);
}

/** An address as the protocol has it: QEMU takes -1 for one, too. @throws QemuError `EINVAL` for what has no 64 bits. */
function hexOf(address: bigint): string {
  if (address === BigInt.asUintN(64, address)) return address.toString(16);
  throw new QemuError('EINVAL', `there is no address ${address}`, 'give 0 to 0xffffffffffffffff');
}
