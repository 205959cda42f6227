import { copyOf } from '../bytes.ts';
import { BootImageError } from '../error.ts';
import { type ByHand, cutting, unsupportedCompression } from './advice.ts';
import { damaged, endsEarly } from './errors.ts';
import { firstBytes, Output, tooBig } from './output.ts';
import { drain, streamOf } from './through.ts';
import type { Limits, Undone } from './undone.ts';
import { fitDictionary, HEADER_SIZE, type XzStream, xzLayout } from './xz-layout.ts';

// xz-decompress names errors by the numbers of XZ Embedded (enum xz_ret).
const ENDS_EARLY = 8;
const UNSUPPORTED = new Map([
  [2, 'its check is not known here'],
  [3, 'there is no memory for its dictionary'],
  [4, 'its dictionary is above 64 MiB'],
  [6, 'it has a filter (as that for ARM64 code) or a check that is not known here'],
]);
/** The largest dictionary that it has room for. */
const DICTIONARY_MAX = 64 << 20;

/**
 * Undoes xz: all streams that follow each other, each checked as its own index and checksums have it.
 *
 * @throws BootImageError `ENODATA` if it ends early, `EBADMSG` if it is damaged, `EFBIG` beyond `maxSize` bytes,
 *   `EOPNOTSUPP` for filters such as that for ARM64 code, and for checks that are not CRC-32 or CRC-64
 */
export async function unxz(bytes: Uint8Array, limits: Limits): Promise<Undone> {
  if (bytes.length === 0) throw endsEarly('xz', 0);
  const layout = xzLayout(bytes);
  if (layout === undefined) throw await whyNoEnd(bytes, limits);
  const { streams, end } = layout;
  const { maxSize, byHand = [], pace } = limits;
  const promised = sizeOf(streams);
  if (promised > maxSize) throw tooBig(maxSize);
  const output = new Output(maxSize, promised);
  try {
    for (const each of streams) await undoStream(bytes, each, output, (done) => pace?.step(done, promised));
  } catch (error) {
    // The program undoes what follows the data no more than this does.
    const toData = end === bytes.length ? byHand : [...byHand, ...cutting(0, end)];
    throw error instanceof BootImageError || pace?.isOver ? error : refused(error, bytes.length, toData);
  }
  if (output.size !== promised) throw damaged('what came out does not fit the index');
  return { bytes: output.take(), trailing: bytes.subarray(end) };
}

/** What is wrong with data that has no end: what the decoder finds where it is damaged, else it is cut short. */
async function whyNoEnd(bytes: Uint8Array, { maxSize, expected, pace }: Limits): Promise<BootImageError> {
  try {
    await undoStream(bytes, { offset: 0, end: bytes.length, blocks: [] }, new Output(maxSize, expected), (done) =>
      pace?.step(done, maxSize),
    );
  } catch (error) {
    if (pace?.isOver) throw error;
    if (error instanceof BootImageError) return error;
    const found = refused(error, bytes.length, []);
    if (found.code !== 'EOPNOTSUPP') return found;
  }
  return endsEarly('xz', bytes.length);
}

/** How the data begins: no more of it than its first blocks is looked at. @throws BootImageError as {@link unxz} */
export async function unxzStart(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const part = copyOf(bytes.subarray(0, START));
  await fitDictionary(part, { offset: HEADER_SIZE, size: START });
  try {
    return await firstBytes(size, (output) => undoStream(part, { offset: 0, end: part.length, blocks: [] }, output));
  } catch (error) {
    throw error instanceof BootImageError ? error : refused(error, part.length, []);
  }
}

/** More than the first chunk of LZMA2, which has 64 KiB; nothing reaches further back than to the start. */
const START = 1 << 18;

const sizeOf = (streams: readonly XzStream[]): number =>
  streams.flatMap(({ blocks }) => blocks).reduce((sum, { size }) => sum + size, 0);

async function undoStream(
  file: Uint8Array,
  { offset, end, blocks }: XzStream,
  output: Output,
  during?: (done: number) => Promise<void> | undefined,
): Promise<void> {
  let bytes = file.subarray(offset, end);
  if (blocks.length > 0 && blocks.every(({ size }) => size <= DICTIONARY_MAX)) {
    bytes = copyOf(bytes);
    for (const block of blocks) await fitDictionary(bytes, { ...block, offset: block.offset - offset });
  }
  const { default: library } = await import('xz-decompress');
  await drain(new library.XzReadableStream(streamOf(bytes)), (chunk) => {
    output.add(chunk);
    return during?.(output.size);
  });
}

function refused(cause: unknown, size: number, byHand: ByHand): BootImageError {
  const code = cause instanceof Error ? Number(/error code (\d+)/.exec(cause.message)?.[1]) : 0;
  if (code === ENDS_EARLY) return endsEarly('xz', size, cause);
  const why = UNSUPPORTED.get(code);
  return why === undefined ? damaged('the xz data is not valid', { cause }) : unsupportedCompression('xz', why, byHand);
}
