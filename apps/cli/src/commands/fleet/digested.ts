import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { DigestedFile, RolloutDocument } from '@kexeckit/rollout';
import { CliError, reasonOf, UsageError } from '../../error.ts';
import { type Inputs, readContents } from '../../options/files.ts';
import { STDIN } from '../../options/stdin.ts';

/** A file with its content. */
export interface ReadFile {
  readonly file: DigestedFile;
  readonly bytes: Uint8Array;
}

/** Reads a file that a rollout is made of: workers will look for it by its whole path. @throws UsageError */
export async function digestedFile(path: string, what: string, io: Inputs): Promise<ReadFile> {
  if (path === STDIN)
    throw new UsageError('EINVAL', `${what} ${path} is standard input, which no worker can read later`, 'name a file');
  const bytes = await readContents(path, what, io);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { file: { path: await realpath(path), size: bytes.length, sha256 }, bytes };
}

/** Refuses a rollout whose files are not here, or are others than it was planned with. @throws CliError `ENOENT`, `EINVAL` */
export async function checkFilesOf({ next, classes }: RolloutDocument, signal?: AbortSignal): Promise<void> {
  const files = [next.kernel, next.initrd, next.dtb, next.agent, ...classes.map(({ plan }) => plan)];
  for (const file of files) if (file !== undefined) await checkFile(file, signal);
}

async function checkFile({ path, size, sha256 }: DigestedFile, signal: AbortSignal | undefined): Promise<void> {
  let found: string;
  try {
    found = (await stat(path)).size === size ? await digestOf(path, signal) : 'that of another size';
  } catch (cause) {
    signal?.throwIfAborted();
    const hint = 'every worker needs the files of the rollout, under the same paths';
    throw new CliError('ENOENT', `${path} cannot be read here: ${reasonOf(cause)}`, hint, { cause });
  }
  if (found === sha256) return;
  throw new CliError(
    'EINVAL',
    `${path} is another file than the rollout was planned with: its SHA-256 is ${found}, not ${sha256}`,
    'put the file back that it was planned with, or plan again',
  );
}

async function digestOf(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { ...(signal && { signal }) })) hash.update(piece);
  return hash.digest('hex');
}
