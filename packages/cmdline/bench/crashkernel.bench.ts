import { explainCrashkernel, parseCrashkernel, tokenize } from '@kexeckit/cmdline';

/** One measured piece of work; `setup` prepares it, what it returns runs `operations` operations. */
export interface Benchmark {
  name: string;
  setup(): () => void;
  operations: number;
  reference?: { name: string; setup(): () => void };
}

const RAM = 16n << 30n;
const ROUNDS = 1000;

/** Boots look for the parameter in lines like this. */
const AROUND = 'BOOT_IMAGE=/boot/Image root=UUID=1234 ro console=ttyAMA0,115200 quiet';

const LINES: [name: string, value: string][] = [
  ['simple', 'crashkernel=256M'],
  ['range list', 'crashkernel=1G-4G:160M,4G-64G:256M,64G-:512M'],
  ['high, low and cma', 'crashkernel=1G,high crashkernel=128M,low crashkernel=512M,cma'],
];

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

/** The cost of reading command lines; Linux's C code takes 68, 121 and 233 ns for the three bare parameters. */
export const benchmarks: Benchmark[] = [
  ...LINES.map(([name, line]) => ({
    name: `parse_crashkernel, ${name}`,
    setup: () => repeat(() => parseCrashkernel(line, RAM)),
    operations: ROUNDS,
    reference: { name: 'regular expressions', setup: () => repeat(() => naiveParse(line)) },
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
    name: 'tokenize a command line',
    setup: () => repeat(() => tokenize(AROUND)),
    operations: ROUNDS,
  },
];
