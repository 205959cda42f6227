import { ensureNode, type FdtNode, findNode, removeProperty, setProperty, stringValue, u64Value } from '@kexeckit/fdt';
import type { LoadedReboot } from '@kexeckit/reboot';
import { edited, inTree, keeping, planAgain, reg, UNTOUCHED, withTree } from './agree.ts';
import { pick, some } from './choose.ts';
import { memoryNode } from './hide-bank.ts';
import { inAgreement, type Sabotage } from './kinds.ts';
import { PAGE } from './memory.ts';
import { off1, on1, on2, reserved, reservedVerified } from './setups.ts';
import { stageOf } from './stage.ts';

type Commit = Sabotage['commit'];

/** A tree that tells of another machine: nobody sees it before the next kernel reads it. */
const otherTree = (name: string, commit: Commit, rest: Partial<Sabotage> = {}): Sabotage =>
  inAgreement({ name, on: [on1, reservedVerified], proof: 'hand-over', machine: [], qemu: 'misses', commit, ...rest });

const inRoot = (change: (root: FdtNode) => void): Commit => inTree((_, __, root) => change(root));

const inMemoryNode = (name: string, value: Uint8Array): Commit =>
  inRoot((root) => setProperty(memoryNode(root), name, value));

/** Without a node of the root. */
const without = (name: string): Commit =>
  inRoot((root) => {
    root.children = root.children.filter((child) => child.name !== name);
  });

function forgetMemory(root: FdtNode): void {
  const memory = memoryNode(root);
  root.children = root.children.filter((child) => child !== memory);
}

/** What the machine keeps in a node of `/reserved-memory`, as the next kernel has it. */
const keptOtherwise = (name: string, change: (parent: FdtNode, node: FdtNode) => void): Sabotage =>
  otherTree(
    name,
    (victim, _, reality) => {
      const kept = keeping(some(victim.contents.get('dtb'), 'dtb'), UNTOUCHED, true);
      const blob = edited(kept, (fdt) => {
        const parent = ensureNode(fdt, '/reserved-memory');
        change(parent, some(parent.children[0], 'node'));
      });
      return planAgain(victim, reality, { contents: new Map([...victim.contents, ['dtb', blob]]) });
    },
    { world: (_, { dtb }) => ({ dtb: keeping(dtb, UNTOUCHED, true) }) },
  );

/** The same reboot with its initramfs under another name, in plan and contents. */
function renamed(victim: LoadedReboot) {
  const segments = stageOf(victim).placement.segments.map((segment) =>
    segment.name === 'initrd' ? { ...segment, name: 'ramdisk' } : segment,
  );
  const contents = new Map(
    [...victim.contents].map(([name, bytes]) => [name === 'initrd' ? 'ramdisk' : name, bytes] as const),
  );
  return { segments, contents };
}

/** A device tree of another machine than the one that runs. */
export const agreedTreeSabotages: readonly Sabotage[] = [
  otherTree('a device tree without CPUs', without('cpus')),
  otherTree('a device tree without PSCI', without('psci'), { on: [on1, off1] }),
  otherTree(
    'a device tree that starts CPUs in another way',
    inRoot(({ children }) => {
      const cpus = some(
        children.find(({ name }) => name === 'cpus'),
        'cpus',
      );
      for (const cpu of cpus.children) setProperty(cpu, 'enable-method', stringValue('spin-table'));
    }),
  ),
  otherTree(
    'a device tree of another board',
    inRoot((root) => setProperty(root, 'compatible', stringValue('acme,board'))),
  ),
  otherTree(
    'a device tree with its nodes in another order',
    inRoot(({ children }) => {
      children.reverse();
    }),
  ),
  otherTree('a device tree that boots on another CPU', (victim, _, reality) =>
    planAgain(victim, reality, {
      contents: withTree(victim, (fdt) => {
        fdt.bootCpuidPhys = 1;
      }),
    }),
  ),
  otherTree(
    'a device tree that lets the kernel use a part of memory only',
    inMemoryNode('linux,usable-memory', reg(0x8000_0000n, 0x10_0000n)),
  ),
  otherTree('a device tree whose memory can be taken away', inMemoryNode('hotpluggable', new Uint8Array())),
  otherTree('a device tree whose memory is disabled', inMemoryNode('status', stringValue('disabled'))),
  otherTree(
    'a device tree that reserves memory which nobody keeps',
    (victim, _, reality) => {
      const blob = keeping(some(victim.contents.get('dtb'), 'dtb'), UNTOUCHED);
      return planAgain(victim, reality, { contents: new Map([...victim.contents, ['dtb', blob]]) });
    },
    { on: [on1, reserved] },
  ),
  otherTree('a device tree with one more memory reservation', (victim, choose, reality) =>
    planAgain(victim, reality, {
      contents: withTree(victim, ({ reservations }) => {
        const entry = { address: UNTOUCHED.start, size: PAGE };
        if (choose(2) === 0) reservations.push(entry);
        else reservations.unshift(entry);
      }),
    }),
  ),
  keptOtherwise('a device tree whose reservations nobody reads (no ranges)', (parent) => {
    removeProperty(parent, 'ranges');
  }),
  keptOtherwise('a device tree that hands out what is kept (reusable)', (_, node) => {
    removeProperty(node, 'no-map');
    setProperty(node, 'reusable', new Uint8Array());
    setProperty(node, 'compatible', stringValue('shared-dma-pool'));
  }),
  otherTree(
    'a device tree with two nodes that are /chosen',
    inRoot(({ children }) => {
      children.unshift({ name: 'chosen@0', properties: [], children: [] });
    }),
  ),
  otherTree(
    'firmware tables in /chosen that the machine does not have',
    inTree((chosen) => setProperty(chosen, 'linux,uefi-system-table', u64Value(UNTOUCHED.start))),
  ),
  otherTree(
    'what the kernel before handed over, in /chosen',
    (victim, choose, reality) =>
      inTree((chosen) => {
        const name = pick(['linux,ima-kexec-buffer', 'linux,kho-fdt', 'linux,kho-scratch'], choose);
        setProperty(chosen, name, reg(UNTOUCHED.start, PAGE));
      })(victim, choose, reality),
    { on: [on1, on2, off1] },
  ),
  otherTree('a device tree without memory, and no firmware that names it', inRoot(forgetMemory), {
    world: (_, { dtb }) => ({ dtb: edited(dtb, ({ root }) => forgetMemory(root)) }),
  }),
  otherTree('seeds that no kernel takes', (victim, choose, reality) =>
    inTree((chosen) => setProperty(chosen, pick(['kaslr-seed', 'rng-seed'], choose), new Uint8Array()))(
      victim,
      choose,
      reality,
    ),
  ),
  otherTree(
    'an initramfs under a name that nobody knows',
    (victim, _, reality) => {
      const { contents, segments } = renamed(victim);
      const blob = edited(some(contents.get('dtb'), 'dtb'), (fdt) => {
        const chosen = some(findNode(fdt, '/chosen'), '/chosen');
        for (const name of ['linux,initrd-start', 'linux,initrd-end']) removeProperty(chosen, name);
        fdt.reservations = [];
      });
      return planAgain(victim, reality, { segments, contents: new Map([...contents, ['dtb', blob]]) });
    },
    { on: [on1, off1] },
  ),
];
