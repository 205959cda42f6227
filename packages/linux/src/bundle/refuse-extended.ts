import { LinuxError } from '../error.ts';
import { latin1 } from '../reading.ts';

const BLOCK = 512;
/** Where a header says what it is of, and where its sum is (pax(1), ustar interchange format). */
const TYPE = 156;
const SUM = { start: 148, end: 156 };
/** Extended headers, of pax and of GNU. */
const EXTENDED = new Set([...'xgLK'].map((letter) => letter.charCodeAt(0)));

/**
 * Refuses a tar with extended headers: no bundle has any, and what they hold can take time that grows with the square of its
 * size to read. Takes every block that could be read as one for one, in the contents, too.
 *
 * @throws LinuxError EINVAL
 */
export function refuseExtended(bytes: Uint8Array): void {
  for (let at = 0; at + BLOCK <= bytes.length; at += BLOCK) {
    if (!EXTENDED.has(bytes[at + TYPE] ?? 0) || !isHeader(bytes.subarray(at, at + BLOCK))) continue;
    throw new LinuxError(
      'EINVAL',
      `the bundle is damaged: it has an extended header at byte ${at}`,
      'give a file that kexeckit doctor --collect has written',
      { value: String(at) },
    );
  }
}

/** Whether its sum is right, which is taken with blanks in place of the sum. */
function isHeader(block: Uint8Array): boolean {
  const [digits = ''] = latin1(block.subarray(SUM.start, SUM.end)).split('\0');
  const said = Number.parseInt(digits.replaceAll(' ', ''), 8);
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= SUM.start && at < SUM.end ? 0x20 : byte;
  return sum === said;
}
