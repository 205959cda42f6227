// What stands in the place of koffi in a bundle: its native part comes out of the bundle itself.
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { natives } from './packed.ts';

/** Why koffi cannot be loaded. */
class NativePartError extends Error {
  override readonly name = 'NativePartError';
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
  }
}

/** Where it may be written for a moment: some are read-only, and from some nothing can be run. */
const folders = (): readonly string[] => [...new Set([tmpdir(), '/dev/shm', '/run', '/var/tmp'])];

/** Loads the native part from the first folder that lets it run. @throws NativePartError */
function load(): unknown {
  const packed = natives[process.arch];
  if (packed === undefined)
    throw new NativePartError('EOPNOTSUPP', `koffi is not in this file for ${process.arch}`, 'run it on arm64 or x64');
  const bytes = brotliDecompressSync(Buffer.from(packed, 'base64'));
  const refusals: string[] = [];
  for (const folder of folders()) {
    try {
      return loadFrom(folder, bytes);
    } catch (error) {
      refusals.push(`${folder}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new NativePartError(
    'ENOEXEC',
    `koffi, which makes system calls, cannot be loaded (${refusals.join('; ')})`,
    'set TMPDIR to a folder where files can be written and run; koffi also needs glibc and libstdc++',
  );
}

/** The file has no name any more when its first byte is written, and is gone with the last who has it open. */
function loadFrom(folder: string, bytes: Uint8Array): unknown {
  const path = join(folder, `kexeckit-${randomUUID()}`);
  const file = openSync(path, 'wx+', 0o700);
  try {
    unlinkSync(path);
    writeFileSync(file, bytes);
    const made: { exports: unknown } = { exports: {} };
    process.dlopen(made, `/proc/self/fd/${file}`);
    return made.exports;
  } finally {
    closeSync(file);
  }
}

const koffi: unknown = load();

export default koffi;
