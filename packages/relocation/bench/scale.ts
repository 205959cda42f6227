// One plan of so many pages in a process of its own: what it takes in time and memory.
//   node --expose-gc packages/relocation/build/bench/scale.js PAGES [scattered | FRAGMENTATION] [kernel-order]
// RSS is read before planning and at its highest (getrusage), the heap after a collection, with the plan still held.
import { copiesOf, loadImage, prove } from '@kexeckit/relocation';
import { allocatorOf, contentsOf, planOf, world } from './plan-of.ts';

const [pagesText = '4000000', allocatorText = 'scattered', orderText] = process.argv.slice(2);
const pages = Number(pagesText);
const MIB = 2 ** 20;

function timed<T>(work: () => T): [T, number] {
  const before = performance.now();
  const result = work();
  return [result, performance.now() - before];
}

planOf(20_000);
globalThis.gc?.();
const before = process.memoryUsage();
const allocator = allocatorOf(allocatorText === 'scattered' ? undefined : Number(allocatorText));
const [plan, planMs] = timed(() => planOf(pages, allocator, orderText !== 'kernel-order'));
const peak = process.resourceUsage().maxRSS / 1024;
globalThis.gc?.();
const after = process.memoryUsage();
const contents = contentsOf(pages, 'zero');
const [image, loadMs] = timed(() => loadImage(plan, contents));
const [proof, proveMs] = timed(() => prove(plan, image, contents, world));
const provedPeak = process.resourceUsage().maxRSS / 1024;
const ns = (ms: number): number => Math.round((ms * 1e6) / pages);
process.stdout.write(
  `${JSON.stringify({
    pages,
    runs: copiesOf(plan).length,
    listPages: plan.controlPages.filter(({ owner }) => owner === 'entry list').length,
    tablePages: plan.controlPages.filter(({ owner }) => owner === 'table').length,
    planNs: ns(planMs),
    loadNs: ns(loadMs),
    proveNs: ns(proveMs),
    violations: proof.violations.length,
    peakRssMiB: Math.round(peak),
    rssGrowthMiB: Math.round(peak - before.rss / MIB),
    planHeldMiB: Math.round((after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / MIB),
    peakRssWithProofMiB: Math.round(provedPeak),
  })}\n`,
);
