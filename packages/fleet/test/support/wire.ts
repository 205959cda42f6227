import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** How PostgreSQL says that a transaction is kept. */
const COMMITTED = Buffer.from('COMMIT\0');

/** A stretch of the network between a worker and its database, which can be cut. */
export class Wire {
  readonly #open = new Set<Socket>();
  readonly #server: Server;
  #losesEach = Number.POSITIVE_INFINITY;
  #commits = 0;
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
      }
      near.pipe(far);
      far.on('data', (piece) => {
        // The server has kept it, and who asked does not hear of it.
        if (this.#isLost(piece)) far.destroy();
        else near.write(piece);
      });
    });
  }

  /** @param path where it listens; @param target the socket that it leads to. */
  static async between(path: string, target: string): Promise<Wire> {
    const wire = new Wire(target);
    await rm(path, { force: true });
    await new Promise<void>((resolve) => wire.#server.listen(path, resolve));
    return wire;
  }

  /** From now on, one of so many commits is kept by the server, and its answer lost. */
  loseEach(commits: number): void {
    this.#losesEach = commits;
  }

  #isLost(piece: Buffer): boolean {
    if (!piece.includes(COMMITTED)) return false;
    this.#commits++;
    return this.#commits % this.#losesEach === 0;
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
