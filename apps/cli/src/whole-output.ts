import { fstatSync, writeSync } from 'node:fs';

/** A stream of this process that results are written to. */
export interface OutputStream {
  readonly fd: number;
  readonly isTTY?: boolean;
  readonly write: (data: string | Uint8Array) => unknown;
  readonly emit: (event: 'error', error: unknown) => unknown;
}

/**
 * What writes to a stream, all of what it is given, or it emits `error`. Node's own stream takes a short write to a file, as where the
 * disk is nearly full, for a whole one, and to a block device it writes nothing: there the descriptor is written to.
 */
export function wholeOutput(stream: OutputStream): (data: string | Uint8Array) => void {
  if (stream.isTTY || isPipe(stream.fd)) return (data) => void stream.write(data);
  return (data) => {
    try {
      writeWhole(stream.fd, data);
    } catch (error) {
      stream.emit('error', error);
    }
  };
}

/** Those are written to piece by piece, as they are read. */
function isPipe(fd: number): boolean {
  // With numbers, Node's realpathSync goes wrong behind it: it looks at what was found last, and stops at a pipe.
  const found = fstatSync(fd, { bigint: true });
  return found.isFIFO() || found.isSocket();
}

function writeWhole(fd: number, data: string | Uint8Array): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  let at = 0;
  while (at < bytes.length) at += writeSync(fd, bytes, at);
}
