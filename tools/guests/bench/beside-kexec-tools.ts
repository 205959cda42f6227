// How long a reboot takes beside Debian's kexec-tools, in guests that differ in nothing else. By hand, for docs/benchmarks.md:
//   npx turbo run build build:tools --filter @kexeckit/guests && node tools/guests/build/bench/beside-kexec-tools.js [--count] [NAME …]
import { type Measured, measure } from './measure.ts';
import { ways } from './ways.ts';

const BYTES = 24 << 20;
const count = process.argv.includes('--count');
/** All of them where none is named. */
const names = process.argv.slice(2).filter((argument) => argument !== '--count');
const chosen = ways.filter(({ name }) => names.length === 0 || names.includes(name));

const cells = ({ relocated, memory, seconds, instructions }: Measured): string[] => [
  (relocated / 4096).toLocaleString('en').replaceAll(',', ' '),
  memory === undefined ? '' : `${(memory / 1024).toFixed(1)} MiB`,
  seconds === undefined ? `${((instructions ?? 0) / 1e6).toFixed(1)} million` : `${seconds.toFixed(2)} s`,
];

console.log(`| way | pages relocated | memory | ${count ? 'instructions' : 'seconds'} |`);
console.log('|---|---|---|---|');
for (const way of chosen) {
  const measured = await measure(way, { bytes: BYTES, count, weigh: !count });
  console.log(`| ${[way.name, ...cells(measured)].join(' | ')} |`);
}
