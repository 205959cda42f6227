import {
  addressInSpace,
  listMappings,
  type PageRun,
  pageInSpace,
  permits,
  rootOfTtbr,
  type Space,
  spaceOfTcr,
  type TableListing,
  walk,
} from '@kexeckit/arm64-pgtable';
import { debianKernel, whyNoDebianKernel } from '@kexeckit/testing';
import { expect, test } from 'vitest';
import { RAM_BASE } from '../src/options.ts';
import { Random } from './random.ts';
import { MEMORY, type RamFile, type StoppedKernel, withStoppedKernel } from './running-kernel.ts';

const PAGE = 4096n;
const PAN = 1n << 22n; // of PSTATE, where SPSR holds it

interface Half {
  readonly space: Space;
  readonly root: number;
  readonly listing: TableListing;
}

async function halfOf(kernel: StoppedKernel, level: 1 | 2, half: 'lower' | 'upper'): Promise<Half> {
  const [tcr, mair] = [await kernel.register(`TCR_EL${level}`), await kernel.register(`MAIR_EL${level}`)];
  const space = spaceOfTcr(tcr, level === 1 ? 'EL1' : 'EL2&0', half, mair);
  if (space === undefined) throw new Error(`TCR_EL${level} is 0x${tcr.toString(16)}: no ${half} half`);
  const root = rootOfTtbr(space, await kernel.register(`TTBR${half === 'upper' ? 1 : 0}_EL${level}`));
  if (root === undefined) throw new Error(`TTBR of EL${level}: the table does not start with a page`);
  return { space, root, listing: listMappings(space, root, kernel.memory) };
}

/** Around every edge, inside of random runs, and anywhere. */
function addressesToAsk({ space, listing }: Half, random: Random): bigint[] {
  const { runs } = listing;
  const start = (run: PageRun): bigint => addressInSpace(space, run.page);
  const size = (run: PageRun): bigint => BigInt(run.pages) * PAGE;
  const edges = runs.flatMap((run) => [
    start(run) - 1n,
    start(run),
    start(run) + size(run) - 1n,
    start(run) + size(run),
  ]);
  const inside = Array.from({ length: 1000 }, () => {
    const run = runs[random.below(runs.length)];
    return run === undefined ? 0n : start(run) + (random.quad() % size(run));
  });
  const anywhere = Array.from(
    { length: 200 },
    () => addressInSpace(space, 0) + (random.quad() % (1n << BigInt(space.vaBits))),
  );
  return [...edges, ...inside, ...anywhere].map((address) => BigInt.asUintN(64, address));
}

/** Where the walker and QEMU do not agree about a load by the kernel. */
async function disagreements(kernel: StoppedKernel, half: Half, addresses: readonly bigint[]): Promise<string[]> {
  const hasPan = ((await kernel.register('cpsr')) & PAN) !== 0n;
  const theirs = await kernel.translate(addresses);
  return addresses.flatMap((address, index) => {
    const result = walk(half.space, half.root, kernel.memory, pageInSpace(half.space, address) ?? -1);
    const mayLoad =
      result.kind === 'mapped' &&
      permits(result.attributes, { write: false, user: false }) &&
      !(hasPan && result.attributes.user === true);
    const ours = mayLoad ? BigInt(result.frame) * PAGE + (address % PAGE) : undefined;
    return ours === theirs[index]
      ? []
      : [`0x${address.toString(16)}: walker ${ours?.toString(16)}, QEMU ${theirs[index]?.toString(16)}`];
  });
}

// Documentation/arch/arm64/memory.rst (6.1), 4 KiB pages and 48 bits of address.
const LINEAR_MAP = { start: 0xffff_0000_0000_0000n, end: 0xffff_7fff_ffff_ffffn };
const FIXED_MAPPINGS = { start: 0xffff_fbff_f000_0000n, end: 0xffff_fbff_fdff_ffffn };

const runsIn = ({ space, listing }: Half, range: { start: bigint; end: bigint }): PageRun[] =>
  listing.runs.filter(({ page }) => {
    const address = addressInSpace(space, page);
    return address >= range.start && address <= range.end;
  });

/** The linear map: all of RAM, at one distance, never executable. */
function expectLinearMap(upper: Half): void {
  const runs = runsIn(upper, LINEAR_MAP);
  expect(new Set(runs.map(({ page, frame }) => page - frame)).size).toBe(1);
  expect(runs[0]?.frame).toBe(Number(RAM_BASE / PAGE));
  expect(runs.reduce((pages, run) => pages + run.pages, 0)).toBe(Number(MEMORY / PAGE));
  expect(runs.filter(({ attributes }) => attributes.executable || attributes.type !== 'Normal')).toEqual([]);
}

/** The text: where the pc is, read-only, and the words of the kernel's file but for what it patches when it starts. */
function expectText(kernel: StoppedKernel, upper: Half): void {
  const page = pageInSpace(upper.space, kernel.pc) ?? -1;
  const text = upper.listing.runs.find((run) => page >= run.page && page < run.page + run.pages);
  expect(text?.attributes).toMatchObject({ type: 'Normal', writable: false, executable: true });
  const runs = upper.listing.runs.filter(({ attributes }) => attributes.executable);
  expect(runs.filter(({ attributes }) => attributes.writable)).toEqual([]);
  expect(sameWords(kernel.memory, text)).toBeGreaterThan(0.95);
}

/** The share of a run's words that are those of the kernel's file; QEMU puts that 2 MiB above the start of RAM. */
function sameWords(memory: RamFile, run: PageRun | undefined): number {
  if (run === undefined) return 0;
  const image = debianKernel().kernel;
  const inFile = (run.frame - Number(RAM_BASE / PAGE) - 512) * 4096;
  let same = 0;
  for (let page = 0; page < run.pages; page++) {
    const words = new Uint32Array(image.slice(inFile + page * 4096, inFile + (page + 1) * 4096).buffer);
    same += words.filter((word, index) => word === memory.page(run.frame + page)?.[index]).length;
  }
  return same / (run.pages * 1024);
}

/** The fixmap: among other things it holds the device tree, read-only. */
function expectFixmap(memory: RamFile, upper: Half): void {
  const FDT_MAGIC = 0xedfe0dd0; // 0xd00dfeed, as a little-endian machine reads it
  const isDeviceTree = ({ frame, pages }: PageRun): boolean =>
    Array.from({ length: pages }, (_, page) => memory.page(frame + page)?.[0]).includes(FDT_MAGIC);
  const trees = runsIn(upper, FIXED_MAPPINGS).filter(isDeviceTree);
  expect(trees.map(({ attributes: { writable, executable } }) => ({ writable, executable }))).toEqual([
    { writable: false, executable: false },
  ]);
}

const machines = [
  { level: 1, cpu: 'cortex-a57', virtualization: false, how: 'at EL1' },
  { level: 2, cpu: 'cortex-a76', virtualization: true, how: 'at EL2 with VHE' },
] as const;

test.for(machines)(
  "the walker reads a running kernel's tables as QEMU does, $how",
  { timeout: 200_000 },
  async ({ level, ...machine }, { skip }) => {
    const reason = whyNoDebianKernel();
    if (reason !== undefined) skip(reason);
    await withStoppedKernel(machine, async (kernel) => {
      const random = new Random(level);
      const upper = await halfOf(kernel, level, 'upper');
      const lower = await halfOf(kernel, level, 'lower');
      for (const half of [upper, lower]) {
        const addresses = addressesToAsk(half, random);
        expect(addresses.length).toBeGreaterThan(1200);
        expect((await disagreements(kernel, half, addresses)).slice(0, 10)).toEqual([]);
      }
      await expect(kernel.register('ttbr0_el9')).rejects.toThrow(/lists no register ttbr0_el9/);
      expectLinearMap(upper);
      expectText(kernel, upper);
      expectFixmap(kernel.memory, upper);
    });
  },
);
