// How long a reboot takes beside Debian's kexec-tools, in the same guest with the same files. By hand, for docs/benchmarks.md:
//   npx turbo run build build:tools --filter @kexeckit/guests && node tools/guests/build/bench/beside-kexec-tools.js [--count]
import { type Measured, measure } from './measure.ts';
import { ways } from './ways.ts';

const BYTES = 24 << 20;
const count = process.argv.includes('--count');

const cells = ({ relocated, memory, seconds, instructions }: Measured): string[] => [
  (relocated / 4096).toLocaleString('en').replaceAll(',', ' '),
  `${(memory / 1024).toFixed(1)} MiB`,
  ...(instructions === undefined ? [`${seconds.toFixed(2)} s`] : [`${(instructions / 1e6).toFixed(1)} million`]),
];

console.log(
  `| way | pages relocated | memory taken by the load | ${count ? 'instructions' : 'seconds'} |\n|---|---|---|---|`,
);
for (const way of ways) {
  const measured = await measure(way, { count, bytes: BYTES });
  console.log(`| ${[way.name, ...cells(measured)].join(' | ')} |`);
}
