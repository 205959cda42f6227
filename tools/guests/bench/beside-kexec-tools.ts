// How long a reboot takes beside Debian's kexec-tools, in guests that differ in nothing else. By hand, for docs/benchmarks.md:
//   npx turbo run build build:tools --filter @kexeckit/guests && node tools/guests/build/bench/beside-kexec-tools.js [--count]
import { type Measured, measure } from './measure.ts';
import { ways } from './ways.ts';

const BYTES = 24 << 20;
const count = process.argv.includes('--count');

const cells = ({ relocated, memory, seconds, instructions }: Measured): string[] => [
  (relocated / 4096).toLocaleString('en').replaceAll(',', ' '),
  memory === undefined ? '' : `${(memory / 1024).toFixed(1)} MiB`,
  instructions === undefined ? `${seconds.toFixed(2)} s` : `${(instructions / 1e6).toFixed(1)} million`,
];

console.log(`| way | pages relocated | memory | ${count ? 'instructions' : 'seconds'} |`);
console.log('|---|---|---|---|');
for (const way of ways) {
  const measured = await measure(way, { bytes: BYTES, count, weigh: !count });
  console.log(`| ${[way.name, ...cells(measured)].join(' | ')} |`);
}
