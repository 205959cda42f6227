import { BootImageError } from './error.ts';

/** Collects what a decompressor gives, up to a limit. */
export interface Sink {
  chunks: Uint8Array[];
  size: number;
  maxSize: number;
}

/** An empty sink that takes at most `maxSize` bytes. */
export function createSink(maxSize: number): Sink {
  return { chunks: [], size: 0, maxSize };
}

/** Adds a chunk. @throws BootImageError `EFBIG` beyond the limit, so that a small file cannot fill the memory */
export function addChunk(sink: Sink, chunk: Uint8Array): void {
  sink.size += chunk.length;
  if (sink.size > sink.maxSize) throw tooBig(sink.maxSize);
  if (chunk.length > 0) sink.chunks.push(chunk);
}

/** Everything added so far, as one array; a single chunk is given back as it is. */
export function joinChunks(sink: Sink): Uint8Array {
  const [only] = sink.chunks;
  if (only !== undefined && sink.chunks.length === 1) return only;
  const bytes = allocate(sink.size);
  let at = 0;
  for (const chunk of sink.chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Memory for so many bytes. @throws BootImageError `EFBIG` where the host has no array of that size */
export function allocate(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new BootImageError('EFBIG', `there is no room for ${size} bytes`, 'lower the maxSize option', { cause });
  }
}

/** The error for data that unpacks to more than the caller allows. */
export function tooBig(maxSize: number): BootImageError {
  return new BootImageError(
    'EFBIG',
    `the file unpacks to more than ${maxSize} bytes`,
    'raise the maxSize option, if this really is a kernel',
    { value: maxSize },
  );
}
