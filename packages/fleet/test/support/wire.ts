import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A stretch of the network between a worker and its database, which can be cut. */
export class Wire {
  readonly #open = new Set<Socket>();
  readonly #server: Server;
  #isCut = false;

  private constructor(target: string) {
    this.#server = createServer((near) => {
      if (this.#isCut) {
        near.destroy();
        return;
      }
      const far = connect(target);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#open.add(from);
        from.on('error', () => {});
        from.on('close', () => {
          this.#open.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
  }

  /** @param path where it listens; @param target the socket that it leads to. */
  static async between(path: string, target: string): Promise<Wire> {
    const wire = new Wire(target);
    await rm(path, { force: true });
    await new Promise<void>((resolve) => wire.#server.listen(path, resolve));
    return wire;
  }

  /** Breaks what is open, and lets nothing through for so many milliseconds. */
  cut(ms: number): void {
    this.#isCut = true;
    for (const socket of this.#open) socket.destroy();
    setTimeout(() => {
      this.#isCut = false;
    }, ms);
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
