import { connect, type Socket } from 'node:net';
import { FleetError } from '../error.ts';
import { encodeFrame, type Frame, FrameReader, type WireRequest } from './wire.ts';

interface Question {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: FleetError) => void;
}

/** A way to a farm, which is opened when it is first needed, and again after it broke. */
export class FarmClient {
  readonly #address: string;
  #line: Line | undefined;
  #questions: Question[] = [];
  #next = 0;

  /** @param address the path of a socket, or HOST:PORT. */
  constructor(address: string) {
    this.#address = address;
  }

  /** @throws FleetError `EIO` where the connection breaks, `ECONNREFUSED` where there is no farm: it has not been asked then. */
  ask(request: WireRequest, body?: Uint8Array): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const id = this.#next++ >>> 0;
      // What is asked in one turn goes out in one write.
      if (this.#questions.length === 0) setImmediate(() => this.#flush());
      this.#questions.push({ id, bytes: encodeFrame(id, request, body), resolve, reject });
    });
  }

  close(): void {
    this.#line?.close();
  }

  #flush(): void {
    const questions = this.#questions;
    this.#questions = [];
    if (this.#line === undefined || this.#line.isClosed) this.#line = new Line(this.#address);
    this.#line.ask(questions);
  }
}

/** A connection. What was asked over it fails with it, and nothing else does. */
class Line {
  readonly #address: string;
  readonly #socket: Socket;
  readonly #open = new Map<number, Question>();
  #isThere = false;

  constructor(address: string) {
    this.#address = address;
    const [, host, port] = /^([\d.]+):(\d+)$/.exec(address) ?? [];
    this.#socket = host === undefined ? connect(address) : connect({ host, port: Number(port), noDelay: true });
    const reader = new FrameReader((frame) => {
      this.#open.get(frame.id)?.resolve(frame);
      this.#open.delete(frame.id);
    });
    this.#socket.on('connect', () => {
      this.#isThere = true;
    });
    this.#socket.on('data', (piece) => {
      try {
        reader.push(piece);
      } catch {
        // It is no farm.
        this.close();
      }
    });
    this.#socket.on('error', () => this.close());
    this.#socket.on('close', () => this.#fail());
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  ask(questions: readonly Question[]): void {
    for (const question of questions) this.#open.set(question.id, question);
    this.#socket.write(Buffer.concat(questions.map(({ bytes }) => bytes)));
  }

  close(): void {
    this.#socket.destroy();
  }

  #fail(): void {
    for (const { reject } of this.#open.values())
      reject(
        this.#isThere
          ? new FleetError('EIO', 'the connection to the farm broke', 'see whether the farm still runs')
          : new FleetError('ECONNREFUSED', `no farm listens at ${this.#address}`, 'start the farm'),
      );
  }
}
