import type { Benchmark } from '@kexeckit/bench';
import { explainCrashkernel, parseCrashkernel, tokenize } from '@kexeckit/cmdline';

const RAM = 16n << 30n;
const ROUNDS = 1000;

/** Boots look for the parameter in lines like this. */
const AROUND = 'BOOT_IMAGE=/boot/Image root=UUID=1234 ro console=ttyAMA0,115200 quiet';

/** Each with the time of Linux's own C code, in nanoseconds, on another machine of this class. */
const LINES: [name: string, value: string, linux: number][] = [
  ['simple', 'crashkernel=256M', 68],
  ['range list', 'crashkernel=1G-4G:160M,4G-64G:256M,64G-:512M', 121],
  ['high, low and cma', 'crashkernel=1G,high crashkernel=128M,low crashkernel=512M,cma', 233],
];

/** A dash is missing in the last clause. */
const MISTAKEN = `${AROUND} crashkernel=1G-4G:160M,4G-64G:256M,64G:512M`;

function repeat(work: () => unknown): () => void {
  return () => {
    for (let i = 0; i < ROUNDS; i++) work();
  };
}

/**
 * A parser as one would write it with regular expressions, without the kernel's corner cases: what the exact one is
 * compared with.
 */
function naiveParse(line: string): bigint {
  let size = 0n;
  for (const [, value = ''] of line.matchAll(/crashkernel=(\S+)/g)) {
    for (const clause of value.split(',')) {
      const [, start, end, bytes] = /^(?:(\w+)-(\w*):)?(\w+)/.exec(clause) ?? [];
      const fits = start === undefined || (RAM >= naiveSize(start) && (end === '' || RAM < naiveSize(end ?? '')));
      if (fits && bytes !== undefined && /^\d/.test(bytes)) size = naiveSize(bytes);
    }
  }
  return size;
}

function naiveSize(text: string): bigint {
  const [, digits = '0', unit = ''] = /^(\d+)([KMGTPE]?)/i.exec(text) ?? [];
  return BigInt(digits) << BigInt(10 * ('KMGTPE'.indexOf(unit.toUpperCase() || '-') + 1));
}

/** The cost of reading command lines. */
export const benchmarks: Benchmark[] = [
  ...LINES.map(([name, line, linux]) => ({
    name: `parse_crashkernel, ${name}`,
    setup: () => repeat(() => parseCrashkernel(line, RAM)),
    operations: ROUNDS,
    reference: { name: 'regular expressions', setup: () => repeat(() => naiveParse(line)) },
    mark: { name: 'C', nanoseconds: linux },
  })),
  {
    name: 'parse_crashkernel, simple, in a whole command line',
    setup: () => repeat(() => parseCrashkernel(`${AROUND} crashkernel=256M`, RAM)),
    operations: ROUNDS,
  },
  {
    name: 'explain crashkernel=, range list',
    setup: () => repeat(() => explainCrashkernel(`${AROUND} ${LINES[1]?.[1]}`, RAM)),
    operations: ROUNDS,
  },
  {
    name: 'explain crashkernel=, range list with a mistake',
    setup: () => repeat(() => explainCrashkernel(MISTAKEN, RAM)),
    operations: ROUNDS,
  },
  {
    name: 'explain and mend crashkernel=, the same',
    setup: () => repeat(() => explainCrashkernel(MISTAKEN, RAM).fixed),
    operations: ROUNDS,
  },
  {
    name: 'tokenize a command line',
    setup: () => repeat(() => tokenize(AROUND)),
    operations: ROUNDS,
  },
];
