import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { DigestedFile } from '@kexeckit/rollout';
import { FleetError } from '../error.ts';

/** Bytes of one file: more is no kernel, initramfs or plan. */
const FILE_MOST = 2 ** 30;
/** Bytes of files that are kept, so that a wave reads a kernel once. */
const KEPT_MOST = 2 ** 28;

/** Files of this worker, read once and checked against what the rollout says of them. */
export class WorkerFiles {
  readonly #kept = new Map<string, Promise<Uint8Array>>();
  readonly #sizes = new Map<string, number>();

  /** @throws FleetError `ENOENT` where it cannot be read, `EINVAL` where it is another file than the rollout says. */
  async read(file: DigestedFile): Promise<Uint8Array> {
    const known = this.#kept.get(file.sha256);
    if (known !== undefined) return await known;
    const reading = readChecked(file);
    this.#kept.set(file.sha256, reading);
    this.#sizes.set(file.sha256, file.size);
    this.#letGo(file.sha256);
    try {
      return await reading;
    } catch (error) {
      this.#forget(file.sha256);
      throw error;
    }
  }

  #letGo(but: string): void {
    let sum = 0;
    for (const size of this.#sizes.values()) sum += size;
    for (const [sha256, size] of this.#sizes) {
      if (sum <= KEPT_MOST) return;
      if (sha256 === but) continue;
      sum -= size;
      this.#forget(sha256);
    }
  }

  #forget(sha256: string): void {
    this.#kept.delete(sha256);
    this.#sizes.delete(sha256);
  }
}

async function readChecked({ path, size, sha256 }: DigestedFile): Promise<Uint8Array> {
  if (size > FILE_MOST)
    throw new FleetError('EINVAL', `${path} has ${size} bytes`, 'give a file of at most 1 GiB', { value: path });
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new FleetError('ENOENT', `${path} cannot be read here`, 'every worker needs the files of the rollout', {
      value: path,
      cause,
    });
  });
  const found = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length !== size || found !== sha256)
    throw new FleetError(
      'EINVAL',
      `${path} is another file than the rollout was planned with: its SHA-256 is ${found}`,
      'put the file back that it was planned with, or plan again',
      { value: path },
    );
  return bytes;
}
