import { connect, type Socket } from 'node:net';
import { FleetError } from '../error.ts';
import { encodeFrame, type Frame, FrameReader, type WireRequest } from './wire.ts';

interface Waiting {
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: FleetError) => void;
}

/** A connection to a farm, which is opened when it is first needed, and again after it broke. */
export class FarmClient {
  readonly #address: string;
  readonly #waiting = new Map<number, Waiting>();
  #socket: Socket | undefined;
  #out: Uint8Array[] = [];
  #next = 0;

  /** @param address the path of a socket, or HOST:PORT. */
  constructor(address: string) {
    this.#address = address;
  }

  /** @throws FleetError `EIO` where the connection breaks, `ECONNREFUSED` where there is no farm. */
  ask(request: WireRequest, body?: Uint8Array): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const id = this.#next++ >>> 0;
      this.#waiting.set(id, { resolve, reject });
      // What is asked in one turn goes out in one write.
      if (this.#out.length === 0) setImmediate(() => this.#flush());
      this.#out.push(encodeFrame(id, request, body));
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #flush(): void {
    const out = this.#out;
    this.#out = [];
    this.#socket ??= this.#connect();
    this.#socket.write(Buffer.concat(out));
  }

  #connect(): Socket {
    const [, host, port] = /^([\d.]+):(\d+)$/.exec(this.#address) ?? [];
    const socket = host === undefined ? connect(this.#address) : connect({ host, port: Number(port), noDelay: true });
    const reader = new FrameReader((frame) => {
      const waiting = this.#waiting.get(frame.id);
      this.#waiting.delete(frame.id);
      waiting?.resolve(frame);
    });
    let isThere = false;
    socket.on('connect', () => {
      isThere = true;
    });
    socket.on('data', (piece) => {
      try {
        reader.push(piece);
      } catch {
        // It is no farm.
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#fail(isThere);
    });
    return socket;
  }

  #fail(wasThere: boolean): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting)
      reject(
        wasThere
          ? new FleetError('EIO', 'the connection to the farm broke', 'see whether the farm still runs')
          : new FleetError('ECONNREFUSED', `no farm listens at ${this.#address}`, 'start the farm'),
      );
  }
}
