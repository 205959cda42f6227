import type { LoadedReboot } from '@kexeckit/reboot';
import { addressOf, pfnOf } from '@kexeckit/relocation';
import { type Choose, pick, some } from './choose.ts';
import { inMemory, type Sabotage } from './kinds.ts';
import { descriptorsOf, leafOf, OUTPUT, PAGE } from './memory.ts';
import { crumbs, on1, on2, plain, vhe } from './setups.ts';
import { pageCopies, stageOf } from './stage.ts';

// Descriptor bits (Arm ARM D8.3).
const AP_READ_ONLY = 1n << 7n;
const ACCESS_FLAG = 1n << 10n;
const PXN_UXN = 3n << 53n;
const ATTR_INDEX = 7n << 2n;

/** Index of Device-nGnRE in MAIR. */
const DEVICE_INDEX = 2n;
/** The page of the console. */
const CONSOLE = 0x9000;

const destinationLeaf = (victim: LoadedReboot, choose: Choose) =>
  leafOf(victim, pick(pageCopies(victim), choose).destination);

/** The temporary page tables. */
export const tableSabotages: readonly Sabotage[] = [
  inMemory({
    name: 'destination mapped read-only',
    on: [on1, on2, vhe],
    proof: 'mappings',
    machine: ['permission-fault'],
    qemu: 'catches',
    change: (victim, choose) => {
      const leaf = destinationLeaf(victim, choose);
      leaf.set(leaf.get() | AP_READ_ONLY);
    },
  }),
  inMemory({
    name: 'routine mapped execute-never',
    on: [on1, on2],
    proof: 'mappings',
    machine: ['permission-fault'],
    qemu: 'catches',
    change: (victim) => {
      const leaf = leafOf(victim, pfnOf(stageOf(victim).start));
      leaf.set(leaf.get() | PXN_UXN);
    },
  }),
  inMemory({
    name: 'routine mapped writable',
    on: [on1],
    proof: 'mappings',
    machine: [],
    change: (victim) => {
      const leaf = leafOf(victim, pfnOf(stageOf(victim).start));
      leaf.set(leaf.get() & ~AP_READ_ONLY);
    },
  }),
  inMemory({
    name: 'source mapped writable',
    on: [on1, on2],
    proof: 'mappings',
    machine: [],
    change: (victim, choose) => {
      const leaf = leafOf(victim, pick(pageCopies(victim), choose).source);
      leaf.set(leaf.get() & ~AP_READ_ONLY);
    },
  }),
  inMemory({
    name: 'page not mapped',
    on: [on1, on2],
    proof: 'mappings',
    machine: ['translation-fault'],
    change: (victim, choose) => destinationLeaf(victim, choose).set(0n),
  }),
  inMemory({
    name: 'access flag not set',
    on: [on1, on2],
    proof: 'mappings',
    machine: ['access-flag-fault'],
    qemu: 'catches',
    change: (victim, choose) => {
      const leaf = destinationLeaf(victim, choose);
      leaf.set(leaf.get() & ~ACCESS_FLAG);
    },
  }),
  inMemory({
    name: 'destination mapped to the page behind it',
    on: [on1, plain],
    proof: 'mappings',
    machine: ['dirty lines'],
    qemu: 'catches',
    change: (victim, choose) => {
      const leaf = destinationLeaf(victim, choose);
      leaf.set(leaf.get() + PAGE);
    },
  }),
  inMemory({
    name: 'destination mapped as Device',
    breach: 'cache',
    on: [on1, on2],
    proof: 'mappings',
    machine: ['mismatched-attributes'],
    qemu: 'misses',
    change: (victim, choose) => {
      const leaf = destinationLeaf(victim, choose);
      leaf.set((leaf.get() & ~ATTR_INDEX) | (DEVICE_INDEX << 2n));
    },
  }),
  inMemory({
    name: 'entries of a table swapped',
    on: [on1, plain],
    proof: 'mappings',
    machine: ['contents'],
    change: (victim, choose) => {
      const copies = pageCopies(victim);
      const one = choose(copies.length);
      const other = (one + 1 + choose(copies.length - 1)) % copies.length;
      const leaves = [one, other].map((at) => leafOf(victim, copies[at]?.destination ?? 0));
      const [a, b] = leaves.map((leaf) => leaf.get());
      leaves[0]?.set(b ?? 0n);
      leaves[1]?.set(a ?? 0n);
    },
  }),
  inMemory({
    name: 'table entry leads to the next page',
    on: [on1, on2],
    proof: 'mappings',
    machine: ['translation-fault'],
    change: (victim) => {
      const table = some(descriptorsOf(victim, pfnOf(stageOf(victim).start)).at(-2), 'table entry');
      table.set(table.get() + PAGE);
    },
  }),
  inMemory({
    name: 'console mapped as Normal memory',
    breach: 'cache',
    on: [crumbs],
    proof: 'mappings',
    machine: ['device-speculation'],
    qemu: 'misses',
    change: (victim) => {
      const leaf = leafOf(victim, pfnOf(some(stageOf(victim).breadcrumbs, 'breadcrumbs').uart));
      leaf.set(leaf.get() & ~ATTR_INDEX);
    },
  }),
  inMemory({
    name: 'a device mapped as Normal memory that nobody touches',
    breach: 'cache',
    on: [on1, on2],
    proof: 'nothing else mapped',
    machine: ['device-speculation'],
    adversary: true,
    change: (victim) => {
      // The routine's own page of descriptors gets one more, for the console.
      const walked = descriptorsOf(victim, CONSOLE);
      const missing = some(walked.at(-1), 'walk');
      const leaf = leafOf(victim, pageCopies(victim)[0]?.source ?? 0);
      const level = walked.length - 1;
      missing.set((leaf.get() & ~OUTPUT & ~3n) | addressOf(CONSOLE - (CONSOLE % 512 ** (3 - level))) | 1n);
    },
  }),
];
