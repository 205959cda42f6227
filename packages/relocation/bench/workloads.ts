// What the strategies move and own on two workloads, on machines that are fragmented more and more. Counts, no times.
//   node packages/relocation/build/bench/workloads.js
import {
  buddyAllocator,
  copiesOf,
  type PageAllocator,
  planStage,
  type Segment,
  type StagePlan,
  scatteredAllocator,
  strategies,
} from '@kexeckit/relocation';

const MIB = 2 ** 20;
/** 8 GiB in two banks, as many arm64 machines have them; the region is a part of the first. */
const RAM = [
  { start: 0x8000_0000n, end: 0xffff_ffffn },
  { start: 0x8_8000_0000n, end: 0x9_ffff_ffffn },
];
const REGION = { start: 0x9000_0000n, end: 0x97ff_ffffn };
const FREE = [
  { start: 0x8800_0000n, end: 0x8fff_ffffn },
  { start: 0x9800_0000n, end: 0xffff_ffffn },
  { start: 0x8_8000_0000n, end: 0x9_ffff_ffffn },
];

/** Bytes of a kernel file, of the kernel in memory, and of an initramfs. */
const workloads = {
  'cover letter, 13 MB + 24 MB': [13 * MIB, 13 * MIB, 24 * MIB],
  // debian-installer-12-netboot-arm64: the file and image_size of its kernel, and its initrd.gz.
  'Debian 12 installer, 33 MB + 40 MB': [32_956_352, 33_619_968, 40_147_331],
} as const;

const machines: Readonly<Record<string, () => PageAllocator>> = {
  'mostly free': () => buddyAllocator(FREE, { seed: 1, fragmentation: 0 }),
  'half broken up': () => buddyAllocator(FREE, { seed: 1, fragmentation: 0.5 }),
  'all broken up': () => buddyAllocator(FREE, { seed: 1, fragmentation: 1 }),
  'no block above 32 KiB': () => buddyAllocator(FREE, { seed: 1, fragmentation: 1, largestLeft: 3 }),
  'single pages, scattered': () => scatteredAllocator(FREE, 1),
};

const pageAlign = (bytes: number): bigint => BigInt(Math.ceil(bytes / 4096) * 4096);

function segmentsAt(base: bigint, [file, memory, initrd]: readonly [number, number, number]): Segment[] {
  const behind = base + ((pageAlign(memory) + 0x1f_ffffn) / 0x20_0000n) * 0x20_0000n;
  const dtb = behind + ((pageAlign(initrd) + 0x1f_ffffn) / 0x20_0000n) * 0x20_0000n;
  return [
    { name: 'kernel', mem: base, memsz: pageAlign(memory), bufsz: BigInt(file) },
    { name: 'initrd', mem: behind, memsz: pageAlign(initrd), bufsz: BigInt(initrd) },
    { name: 'dtb', mem: dtb, memsz: 0x4000n, bufsz: 0x4000n },
  ];
}

function planFor(
  strategy: (typeof strategies)[number],
  sizes: readonly [number, number, number],
  allocator: PageAllocator,
  contiguous: boolean,
): StagePlan {
  const standsThere = strategy.region !== undefined;
  const segments = segmentsAt(standsThere ? REGION.start : 0xa000_0000n, sizes);
  return planStage({
    strategy: strategy.name,
    exceptionLevel: 2,
    ram: RAM,
    ...(standsThere && { region: REGION }),
    segments,
    entry: segments[0]?.mem ?? 0n,
    dtb: segments[2]?.mem ?? 0n,
    allocator,
    contiguous,
  });
}

function row(label: readonly string[], plan: StagePlan): string {
  const owned = (owner: string): number => plan.controlPages.filter((page) => page.owner === owner).length;
  const copies = copiesOf(plan);
  const own = [...copies].reduce(
    (sum, { source, destination, pages }) => sum + (source === destination ? pages : 0),
    0,
  );
  const moved = ((copies.pages - own) * 4096) / MIB;
  const cells = [...label, `${moved.toFixed(1)} MiB`, copies.length, owned('entry list'), owned('table')];
  return `| ${cells.join(' | ')} |`;
}

const lines = [
  '| workload | strategy | machine | sources | moved | runs | list pages | table pages |',
  '|---|---|---|---|---|---|---|---|',
];
for (const [workload, sizes] of Object.entries(workloads)) {
  for (const strategy of strategies) {
    const standsThere = strategy.region !== undefined || strategy.delivers;
    for (const [machine, allocator] of Object.entries(machines).slice(0, standsThere ? 1 : undefined)) {
      for (const contiguous of standsThere ? [true] : [false, true]) {
        const label = [
          workload,
          strategy.name,
          standsThere ? 'any' : machine,
          contiguous ? 'contiguous' : "kernel's order",
        ];
        lines.push(row(label, planFor(strategy, sizes, allocator(), contiguous)));
      }
    }
  }
}
process.stdout.write(`${lines.join('\n')}\n`);
