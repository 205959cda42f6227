import type { Range } from '@kexeckit/ioport';
import { hex } from '../page.ts';
import type { CpuFeatures, World } from './world.ts';

/** Bytes of a cache line that CTR_EL0 can tell: 1 to 2^15 words. */
const LINE_MIN = 4;
const LINE_MAX = 4 << 15;

const ADDRESSES = 1n << 64n;

/** What is impossible in what somebody says of a machine; undefined where there is nothing. */
export function impossibleIn({ features, roles, reserved = [], console }: World): string | undefined {
  const about = impossibleFeature(features);
  if (about !== undefined) return `of its CPU that ${about}`;
  const wrong = [...roles, ...reserved].find((range) => !isRange(range));
  if (wrong !== undefined) return `that a range of memory goes from ${hex(wrong.start)} to ${hex(wrong.end)}`;
  const at = roles.findIndex(({ start }, index) => start <= (roles[index - 1]?.end ?? -1n));
  if (at > 0) return `two things of the memory at ${hex(roles[at]?.start ?? 0n)}`;
  if (console !== undefined && !(console.address >= 0n && console.address < ADDRESSES))
    return `that its console is at ${hex(console.address)}`;
  return undefined;
}

const isRange = ({ start, end }: Range): boolean => start >= 0n && start <= end && end < ADDRESSES;

/** The same of a CPU's features. */
function impossibleFeature({ granules, paBits, dataLine, instructionLine }: CpuFeatures): string | undefined {
  if (granules.length === 0) return 'it has no translation granule';
  if (!Number.isInteger(paBits) || paBits < 32 || paBits > 56) return `it has ${paBits} bits of physical address`;
  for (const line of [dataLine, instructionLine]) if (!isLine(line)) return `it has cache lines of ${line} bytes`;
  return undefined;
}

const isLine = (bytes: number): boolean =>
  Number.isInteger(bytes) && bytes >= LINE_MIN && bytes <= LINE_MAX && Number.isInteger(Math.log2(bytes));
