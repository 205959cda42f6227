import { lstatSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Clock, scaledClock } from '../clock.ts';
import { FleetError } from '../error.ts';
import type { FarmConfig } from './config.ts';
import { Farm } from './farm.ts';
import { type Halt, Halts } from './halts.ts';
import type { FarmAnswer, FarmRequest } from './host-side.ts';
import { encodeFrame, type FarmFigures, type Frame, FrameReader, requestOf, type WireRequest } from './wire.ts';

/** Real milliseconds that no timer is set for. */
const AT_ONCE_MS = 1;
/** A timer holds 31 bits of milliseconds. */
const TIMER_MOST_MS = 2 ** 31 - 1;
const LOOPBACK = '127.0.0.1';

/** A farm that workers reach over a socket. */
export interface FarmServer {
  /** The path of the socket, or HOST:PORT. */
  readonly address: string;
  close(): Promise<void>;
}

/** Opens a farm to workers. */
export async function serveFarm(config: FarmConfig): Promise<FarmServer> {
  const farm = new Farm(config);
  const clock = scaledClock(config.clock);
  const halts = new Halts();
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    new Connection(farm, halts, clock, socket);
  });
  if (config.socket !== undefined) await clearPlace(config.socket);
  const address = await listen(server, config.socket);
  return {
    address,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      farm.settle(clock.now());
      farm.ledger.close();
    },
  };
}

/** Takes away the socket of a farm that has ended. @throws FleetError EEXIST for anything else that stands there. */
async function clearPlace(path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isSocket() || (await isAnswering(path)))
    throw new FleetError('EEXIST', `${path} is somebody else's`, 'Give a path where nothing stands');
  rmSync(path, { force: true });
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.unref().end();
  });
}

function listen(server: Server, path: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const opened = (): void => {
      const at = server.address();
      resolve(typeof at === 'object' && at !== null ? `${LOOPBACK}:${at.port}` : String(at));
    };
    if (path === undefined) server.listen(0, LOOPBACK, opened);
    else server.listen(path, opened);
  });
}

/** A worker's connection: many requests at once, each answered when its time has come. */
class Connection {
  readonly #farm: Farm;
  readonly #halts: Halts;
  readonly #clock: Clock;
  readonly #socket: Socket;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Waits no longer for the halt that was asked for last. */
  #forgetHalt: () => void = () => {};
  #out: Uint8Array[] = [];

  constructor(farm: Farm, halts: Halts, clock: Clock, socket: Socket) {
    this.#farm = farm;
    this.#halts = halts;
    this.#clock = clock;
    this.#socket = socket;
    const reader = new FrameReader((frame) => this.#take(frame));
    socket.on('data', (piece) => {
      try {
        reader.push(piece);
      } catch {
        // It speaks another language.
        socket.destroy();
      }
    });
    // Workers are killed: what they asked has happened, and nobody hears the answer.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      for (const timer of this.#timers) clearTimeout(timer);
      this.#forgetHalt();
    });
  }

  #take(frame: Frame): void {
    const request = requestOf(frame);
    if (request.do === 'run') this.#run(frame.id, request, frame.body);
    else this.#control(frame.id, request);
  }

  #run(id: number, { stdin, ...wire }: Extract<WireRequest, { do: 'run' }>, body: Uint8Array): void {
    const request: FarmRequest = { ...wire, stdin: stdin ? body : undefined };
    const reached = this.#farm.haltAt(request, this.#clock.now());
    if (reached === undefined) this.#begin(id, request);
    else this.#halt(id, request, reached).catch(() => this.#socket.destroy());
  }

  /** Stands still before or after what is asked. */
  async #halt(id: number, request: FarmRequest, { at, halt }: { readonly at: number; readonly halt: Halt }) {
    const halted = { halt: at, worker: request.worker };
    if (halt.when === 'before') {
      // Nor does one arrive whose worker another blow has killed meanwhile.
      if ((await this.#halts.stand(halted)) && !this.#socket.destroyed) this.#begin(id, request);
      return;
    }
    const answer = this.#farm.run(request, this.#clock.now());
    await this.#halts.stand(halted);
    this.#answerLater(id, request, answer);
  }

  #begin(id: number, request: FarmRequest): void {
    this.#answerLater(id, request, this.#farm.run(request, this.#clock.now()));
  }

  #answerLater(id: number, request: FarmRequest, answer: FarmAnswer): void {
    if (this.#socket.destroyed) return;
    // What was sent is not kept until the answer.
    const kept = { ...request, stdin: undefined };
    const waits = Math.min(answer.afterMs * this.#clock.scale, TIMER_MOST_MS);
    if (waits < AT_ONCE_MS) {
      this.#answer(id, kept, answer);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#answer(id, kept, answer);
    }, waits);
    this.#timers.add(timer);
  }

  #answer(id: number, request: FarmRequest, answer: FarmAnswer): void {
    const arrived = this.#farm.arrive(request, answer, this.#clock.now());
    if ('reply' in arrived) {
      const { code = null, stderr, stdout } = arrived.reply;
      this.#send(id, { code, stderr }, stdout);
    } else this.#send(id, { trouble: arrived.trouble, what: arrived.what });
  }

  #control(id: number, request: Exclude<WireRequest, { do: 'run' }>): void {
    const farm = this.#farm;
    switch (request.do) {
      case 'arm':
        farm.arm();
        break;
      case 'cut':
        farm.cuts.add(request);
        break;
      case 'mend':
        farm.cuts.mend();
        break;
      case 'halted':
        this.#forgetHalt();
        this.#forgetHalt = this.#halts.next((halted) => this.#send(id, halted));
        return;
      case 'go-on':
        if (this.#halts.goOn(request.halt, request.arrives)) break;
        this.#send(id, { trouble: 'EINVAL', what: `nobody stands at halt ${request.halt}` });
        return;
      case 'note':
        farm.ledger.add({ at: this.#clock.now(), event: 'note', what: request.what });
        break;
      case 'ledger': {
        farm.settle(this.#clock.now());
        farm.ledger.flush();
        const lines = farm.ledger.entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
        this.#send(id, {}, Buffer.from(lines));
        return;
      }
      case 'clock':
        this.#send(id, farm.config.clock);
        return;
      case 'figures': {
        const { user, system } = process.cpuUsage();
        const cpuMs = (user + system) / 1000;
        this.#send(id, { requests: farm.requests, cpuMs, rss: process.memoryUsage.rss() } satisfies FarmFigures);
        return;
      }
    }
    this.#send(id, {});
  }

  /** What is answered in one turn goes out in one write. */
  #send(id: number, header: unknown, body?: Uint8Array): void {
    if (this.#out.length === 0) setImmediate(() => this.#flush());
    this.#out.push(encodeFrame(id, header, body));
  }

  #flush(): void {
    const out = this.#out;
    this.#out = [];
    if (!this.#socket.destroyed) this.#socket.write(Buffer.concat(out));
  }
}
