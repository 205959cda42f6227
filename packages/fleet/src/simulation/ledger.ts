import { closeSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { TroubleCode } from '@kexeckit/rollout';

/** What changed on a host, or was kept from changing. */
export type HostEvent =
  | { readonly event: 'write'; readonly path: string }
  | { readonly event: 'load'; readonly plan: string; readonly boot: string }
  | { readonly event: 'unload' | 'drain' | 'restore' | 'restore-failed' }
  | { readonly event: 'claim'; readonly rollout: string; readonly boot: string }
  /** The reboot has begun; the path of the plan that it follows. */
  | { readonly event: 'commit'; readonly rollout: string; readonly boot: string; readonly plan: string }
  | { readonly event: 'exec-refused'; readonly rollout: string; readonly code: TroubleCode }
  | { readonly event: 'up'; readonly boot: string; readonly release: string; readonly machineId: string }
  | { readonly event: 'down'; readonly how: 'dead' | 'panicked' }
  /** A command did not reach it, or its reply did not reach the worker. */
  | { readonly event: 'cut'; readonly worker: string };

/** A line of the ledger. */
export type LedgerEntry =
  | ({ readonly at: number; readonly host: string } & HostEvent)
  /** What a test wrote into it, such as that the rollout was paused. */
  | { readonly at: number; readonly event: 'note'; readonly what: string };

/** Bytes that wait until they are written. */
const WAITING_MOST = 1 << 16;

/** What happened in a farm, in the order in which it became known. Nothing is ever taken out of it. */
export class Ledger {
  readonly #fd: number | undefined;
  readonly #entries: LedgerEntry[] = [];
  #waiting = '';

  /** @param path a file of JSON lines; memory where it is left out. */
  constructor(path?: string | undefined) {
    this.#fd = path === undefined ? undefined : openSync(path, 'a', 0o600);
  }

  add(entry: LedgerEntry): void {
    if (this.#fd === undefined) {
      this.#entries.push(entry);
      return;
    }
    this.#waiting += `${JSON.stringify(entry)}\n`;
    if (this.#waiting.length > WAITING_MOST) this.flush();
  }

  /** All of it; of a ledger in a file, {@link readLedger} tells. */
  get entries(): readonly LedgerEntry[] {
    return this.#entries;
  }

  /** Writes what waits. */
  flush(): void {
    if (this.#fd === undefined || this.#waiting === '') return;
    writeSync(this.#fd, this.#waiting);
    this.#waiting = '';
  }

  close(): void {
    this.flush();
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
}

/** Reads a ledger that was written to a file. */
export async function readLedger(path: string): Promise<readonly LedgerEntry[]> {
  return ledgerOf(await readFile(path, 'utf8'));
}

/** Reads a ledger's JSON lines. */
export function ledgerOf(text: string): readonly LedgerEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): LedgerEntry => JSON.parse(line));
}
