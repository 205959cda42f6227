import { ensureNode, setProperty, stringValue, u32Value, u64Value } from '@kexeckit/fdt';
import type { Range, Role } from '@kexeckit/ioport';
import type { LoadedReboot, Reality } from '@kexeckit/reboot';
import { addressOf, pfnOf } from '@kexeckit/relocation';
import { edited, keeping, rangeOf, reg, segmentNamed, UNTOUCHED, withRole } from './agree.ts';
import { type Choose, pick } from './choose.ts';
import { hideBank, memoryNode } from './hide-bank.ts';
import { inWorld, type Sabotage } from './kinds.ts';
import { PAGE } from './memory.ts';
import { crash, crumbs, off1, on1, on2, plain, reserved, reservedVerified, soft, vhe } from './setups.ts';
import { pageCopies, stageOf } from './stage.ts';

const pageAt = (pfn: number): Range => ({ start: addressOf(pfn), end: addressOf(pfn + 1) - 1n });

const sourcePage = (victim: LoadedReboot, choose: Choose): Range => pageAt(pick(pageCopies(victim), choose).source);

/** The machine's memory, where a range has another role. */
const where =
  (range: (victim: LoadedReboot, choose: Choose) => Range, role: Role, name: string) =>
  (victim: LoadedReboot, { roles }: Reality, choose: Choose): Pick<Reality, 'roles'> => ({
    roles: withRole(roles, range(victim, choose), role, name),
  });

const initrd = (victim: LoadedReboot): Range => rangeOf(segmentNamed(victim, 'initrd'));

/** The machine's tree with an entry in its memory reservation block. */
const reserving = ({ dtb }: Reality, { start, end }: Range): Uint8Array =>
  edited(dtb, (fdt) => fdt.reservations.push({ address: start, size: end - start + 1n }));

/** The same plan on a machine that is another one: what it says of itself is believed, not the plan. */
export const worldSabotages: readonly Sabotage[] = [
  inWorld({
    name: 'segment outside System RAM',
    on: [on1, off1],
    proof: 'roles',
    machine: ['external-abort'],
    world: where((victim) => rangeOf(segmentNamed(victim, 'dtb')), 'device', 'flash'),
  }),
  inWorld({
    name: 'a plan for EL1 on a machine at EL2',
    on: [on1, off1, reserved],
    proof: 'machine',
    machine: ['refused'],
    world: () => ({ exceptionLevel: 2 }),
  }),
  inWorld({
    name: 'a plan for EL2 on a machine at EL1',
    on: [on2, plain, reservedVerified],
    proof: 'machine',
    machine: ['refused'],
    world: () => ({ exceptionLevel: 1 }),
  }),
  inWorld({
    name: 'a plan for EL2 on a machine that has VHE on',
    on: [on2, plain],
    proof: 'machine',
    machine: ['refused'],
    world: () => ({ vhe: true }),
  }),
  inWorld({
    name: 'a plan for VHE on a machine that has it off',
    on: [vhe],
    proof: 'machine',
    machine: ['refused'],
    world: () => ({ vhe: false }),
  }),
  inWorld({
    name: 'a soft restart where there is no EL2',
    on: [soft],
    proof: 'machine',
    machine: ['refused'],
    world: () => ({ softRestart: false }),
  }),
  inWorld({
    name: 'a plan that stays at EL1 where EL2 is below',
    on: [on1, off1],
    proof: 'machine',
    machine: ['refused'],
    world: () => ({ softRestart: true }),
  }),
  inWorld({
    name: 'a CPU with 32 bits of address',
    on: [on1, on2, vhe],
    proof: 'translation',
    machine: [],
    world: (_, { features }) => ({ features: { ...features, paBits: 32 } }),
  }),
  inWorld({
    name: 'a CPU without the 4K granule',
    on: [on1, reservedVerified],
    proof: 'machine',
    machine: [],
    world: (_, { features }) => ({ features: { ...features, granules: ['64K'] } }),
  }),
  inWorld({
    name: 'a CPU without the page size of the kernel',
    on: [on1, off1],
    proof: 'hand-over',
    machine: [],
    world: (_, { features }) => ({ features: { ...features, granules: ['16K', '64K'] } }),
  }),
  inWorld({
    name: 'a console at another address',
    on: [crumbs],
    proof: 'roles',
    machine: [],
    world: () => ({ console: { address: 0x1c09_0000n } }),
  }),
  inWorld({
    name: 'no console',
    on: [crumbs],
    proof: 'roles',
    machine: [],
    world: () => ({ console: undefined }),
  }),
  inWorld({
    name: 'memory where the plan has its console',
    on: [crumbs],
    proof: 'roles',
    machine: [],
    world: where((victim) => pageAt(pfnOf(stageOf(victim).breadcrumbs?.uart ?? 0n)), 'usable', 'System RAM'),
  }),
  inWorld({
    name: 'a bank of RAM that is not there: sources lie in it',
    on: [on1, off1, plain],
    proof: 'roles',
    machine: ['external-abort'],
    world: where(sourcePage, 'device', 'empty slot'),
  }),
  inWorld({
    name: 'a driver that has the pages of the sources',
    on: [on1, off1],
    proof: 'roles',
    machine: ['external-abort'],
    world: where(sourcePage, 'driver-managed', 'System RAM (virtio_mem)'),
  }),
  inWorld({
    name: 'page tables of the running kernel where a source lies',
    on: [on1, off1],
    proof: 'roles',
    machine: [],
    world: where(sourcePage, 'reserved', 'reserved'),
  }),
  inWorld({
    name: 'the running kernel itself where a source lies',
    on: [on2, plain],
    proof: 'roles',
    machine: [],
    world: where(sourcePage, 'running kernel', 'Kernel data'),
  }),
  inWorld({
    name: 'the running kernel where the routine lies',
    on: [on1, off1, reserved],
    proof: 'roles',
    machine: [],
    world: where((victim) => pageAt(pfnOf(stageOf(victim).start)), 'running kernel', 'Kernel code'),
  }),
  inWorld({
    name: 'a crash region where the initramfs goes',
    on: [on1, off1],
    proof: 'roles',
    machine: [],
    world: where(initrd, 'crash region', 'Crash kernel'),
  }),
  inWorld({
    name: 'tables of the firmware where the initramfs goes',
    on: [on1, off1],
    proof: 'roles',
    machine: ['external-abort'],
    world: where(initrd, 'firmware', 'ACPI Tables'),
  }),
  inWorld({
    name: 'no-map memory in a block that the tables map',
    on: [on1],
    proof: 'nothing else mapped',
    machine: [],
    world: (victim, reality, choose) => {
      const used = new Set([
        ...pageCopies(victim).map(({ source }) => source),
        ...stageOf(victim).controlPages.map(({ pfn }) => pfn),
      ]);
      let { source } = pick(pageCopies(victim), choose);
      while (used.has(source)) source += 1;
      return where(() => pageAt(source), 'no-map', 'reserved')(victim, reality, choose);
    },
  }),
  inWorld({
    name: 'a region at another place',
    on: [crash],
    proof: 'roles',
    machine: [],
    world: (victim, { roles }) => {
      const first = pageAt(pfnOf(segmentNamed(victim, 'kernel').mem));
      return { roles: withRole(roles, first, 'reserved', 'reserved') };
    },
  }),
  inWorld({
    name: 'no region any more, on a machine that runs',
    on: [crash],
    proof: 'roles',
    machine: [],
    world: (_, { roles }) => ({
      roles: roles.map((span) => (span.role === 'crash region' ? { ...span, role: 'usable' } : span)),
      canReserve: false,
    }),
  }),
  inWorld({
    name: 'a memory reservation where the initramfs goes',
    on: [on1, off1],
    proof: 'roles',
    machine: [],
    world: (victim, reality) => ({ dtb: reserving(reality, initrd(victim)) }),
  }),
  inWorld({
    name: 'a memory reservation of a few bytes in a source',
    on: [on1, off1],
    proof: 'roles',
    machine: [],
    world: (victim, reality, choose) => {
      const { start } = sourcePage(victim, choose);
      return { dtb: reserving(reality, { start: start + 100n, end: start + 107n }) };
    },
  }),
  inWorld({
    name: 'a /reserved-memory node where the routine lies',
    on: [on1, off1, reserved],
    proof: 'roles',
    machine: [],
    world: (victim, { dtb }) => ({ dtb: keeping(dtb, pageAt(pfnOf(stageOf(victim).start))) }),
  }),
  inWorld({
    name: 'CPUs that wait for a start (spin-table) where the initramfs goes',
    on: [on1, off1, reserved],
    proof: 'roles',
    machine: [],
    world: (victim, { dtb }, choose) => ({
      dtb: edited(dtb, (fdt) => {
        const { start, end } = initrd(victim);
        const pages = Number((end - start) / PAGE);
        const cpu = ensureNode(fdt, '/cpus/cpu@1');
        setProperty(cpu, 'enable-method', stringValue('spin-table'));
        setProperty(cpu, 'cpu-release-addr', u64Value(start + BigInt(choose(pages)) * PAGE + 0xff8n));
      }),
    }),
  }),
  inWorld({
    name: 'a screen that firmware has set up where a source lies',
    on: [on1, off1],
    proof: 'roles',
    machine: [],
    world: (victim, { dtb }, choose) => ({
      dtb: edited(dtb, (fdt) => {
        const screen = ensureNode(fdt, '/chosen/framebuffer');
        setProperty(screen, 'compatible', stringValue('simple-framebuffer'));
        setProperty(screen, 'reg', reg(sourcePage(victim, choose).start, PAGE));
      }),
    }),
  }),
  inWorld({
    name: 'a screen in memory that a phandle leads to, where the kernel goes',
    on: [on2, reserved],
    proof: 'roles',
    machine: [],
    world: (victim, { dtb }) => ({
      dtb: edited(dtb, (fdt) => {
        const screen = ensureNode(fdt, '/framebuffer');
        setProperty(screen, 'compatible', stringValue('simple-framebuffer'));
        setProperty(screen, 'memory-region', u32Value(77));
        const splash = ensureNode(fdt, '/splash');
        setProperty(splash, 'phandle', u32Value(77));
        setProperty(splash, 'reg', reg(segmentNamed(victim, 'kernel').mem, PAGE));
      }),
    }),
  }),
  inWorld({
    name: 'memory that EFI keeps where a source lies',
    on: [on1, off1],
    proof: 'roles',
    machine: [],
    world: (victim, _, choose) => ({ reserved: [sourcePage(victim, choose)] }),
  }),
  inWorld({
    name: 'a device tree of a machine with other memory',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: [],
    world: (_, { dtb }) => ({
      dtb: edited(dtb, (fdt) => {
        hideBank(fdt.root);
      }),
    }),
  }),
  inWorld({
    name: 'a device tree that reserves what the next one does not',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: [],
    world: (_, reality) => ({ dtb: reserving(reality, UNTOUCHED) }),
  }),
  inWorld({
    name: 'a device tree that cannot be read, of the machine',
    on: [on1, off1],
    proof: 'roles',
    machine: [],
    world: (_, { dtb }) => ({ dtb: dtb.subarray(0, dtb.length - 8) }),
  }),
  inWorld({
    name: 'a segment whose first and last page are RAM, and not one between them',
    on: [on1, off1],
    proof: 'roles',
    machine: ['external-abort'],
    world: (victim, reality) => {
      const { start } = rangeOf(segmentNamed(victim, 'initrd'));
      const hole = { start: start + PAGE, end: start + 2n * PAGE - 1n };
      return { roles: withRole(reality.roles, hole, 'device', 'flash') };
    },
  }),
  inWorld({
    name: 'a region that the machine does not have',
    on: [reserved, reservedVerified],
    proof: 'roles',
    machine: [],
    world: () => ({ canReserve: false }),
  }),
  inWorld({
    name: 'a device tree that gives away what the machine keeps',
    on: [on1, off1],
    proof: 'hand-over',
    machine: [],
    world: (_, { dtb }) => ({ dtb: keeping(dtb, UNTOUCHED) }),
  }),
  inWorld({
    name: 'a machine of another board',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: [],
    world: (_, { dtb }) => ({
      dtb: edited(dtb, ({ root }) => setProperty(root, 'compatible', stringValue('acme,board'))),
    }),
  }),
  inWorld({
    name: 'a machine with one CPU more',
    on: [on1, off1],
    proof: 'hand-over',
    machine: [],
    world: (_, { dtb }) => ({ dtb: edited(dtb, (fdt) => ensureNode(fdt, '/cpus/cpu@1000')) }),
  }),
  inWorld({
    name: 'a machine that uses a part of its memory only (linux,usable-memory)',
    on: [on1, reserved],
    proof: 'hand-over',
    machine: [],
    world: (_, { dtb }) => ({
      dtb: edited(dtb, ({ root }) =>
        setProperty(memoryNode(root), 'linux,usable-memory', reg(0x8000_0000n, 0x10_0000n)),
      ),
    }),
  }),
];
