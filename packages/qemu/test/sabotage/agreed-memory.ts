import { setProperty, u64Value } from '@kexeckit/fdt';
import { rangeSize } from '@kexeckit/ioport';
import { pagesIn, planAgain, rangesOf, segmentNamed, withTree } from './agree.ts';
import { last, pick, some } from './choose.ts';
import { inAgreement, type Sabotage } from './kinds.ts';
import { PAGE } from './memory.ts';
import { crumbs, off1, off2, on1, on2, plain, reserved, soft } from './setups.ts';
import { stageOf } from './stage.ts';

/** Something else than RAM, and nobody's on this machine. */
const HOLE = { start: 0x2_0000_0000n, end: 0x2_00ff_ffffn };

/** Where things lie: the plan says that it may, and list, tables and digests follow. */
export const agreedMemorySabotages: readonly Sabotage[] = [
  inAgreement({
    name: 'sources and control pages in RAM that somebody has',
    on: [on1, off1],
    proof: 'roles',
    machine: [],
    qemu: 'misses',
    commit: (victim, _, reality) => planAgain(victim, reality, pagesIn(rangesOf(reality, 'reserved').slice(-1))),
  }),
  inAgreement({
    name: "sources and control pages in the running kernel's own text",
    on: [on2, off2],
    proof: 'roles',
    machine: [],
    commit: (victim, _, reality) =>
      planAgain(victim, reality, pagesIn(rangesOf(reality, 'running kernel').slice(0, 1))),
  }),
  inAgreement({
    name: 'sources in the crash region of a strategy without one',
    on: [on1, off1],
    proof: 'roles',
    machine: [],
    commit: (victim, _, reality) => planAgain(victim, reality, pagesIn(rangesOf(reality, 'crash region'))),
  }),
  inAgreement({
    name: 'sources where there is no memory, which the plan takes for RAM',
    on: [on1],
    proof: 'roles',
    machine: ['external-abort'],
    qemu: 'catches',
    commit: (victim, _, reality) =>
      planAgain(victim, reality, { ...pagesIn([HOLE]), ram: [...stageOf(victim).placement.ram, HOLE] }),
  }),
  inAgreement({
    name: 'a segment over memory that a driver has',
    on: [on1, off1],
    proof: 'roles',
    machine: [],
    qemu: 'misses',
    commit: (victim, _, reality) => {
      const [taken] = rangesOf(reality, 'reserved').toSorted((a, b) => Number(rangeSize(b) - rangeSize(a)));
      const mem = some(taken, 'reserved RAM').start;
      const segments = stageOf(victim).placement.segments.map((one) => (one.name === 'initrd' ? { ...one, mem } : one));
      const contents = withTree(victim, (_fdt, chosen) => {
        setProperty(chosen, 'linux,initrd-start', u64Value(mem));
        setProperty(chosen, 'linux,initrd-end', u64Value(mem + segmentNamed(victim, 'initrd').bufsz));
      });
      return planAgain(victim, reality, { segments, contents });
    },
  }),
  inAgreement({
    name: 'segments that lie in place outside of the region',
    on: [reserved],
    proof: 'roles',
    machine: [],
    qemu: 'misses',
    commit: (victim) => {
      const { placement } = stageOf(victim);
      const region = some(placement.region, 'region');
      const smaller = { start: region.start, end: region.start + PAGE - 1n };
      return {
        ...victim,
        plan: { ...victim.plan, stage: { ...stageOf(victim), placement: { ...placement, region: smaller } } },
      };
    },
  }),
  inAgreement({
    name: 'RAM that reaches over a hole: blocks of the tables cover it',
    on: [on1, on2],
    proof: 'roles',
    machine: [],
    qemu: 'misses',
    commit: (victim, _, reality) => planAgain(victim, reality, { ram: [{ start: 0n, end: (1n << 40n) - 1n }] }),
  }),
  inAgreement({
    name: 'breadcrumbs to another device than the console',
    on: [crumbs],
    proof: 'roles',
    machine: ['external-abort'],
    qemu: 'catches',
    commit: (victim, _, reality) => planAgain(victim, reality, { breadcrumbs: { uart: 0x68a1_0000n, everyPages: 4 } }),
  }),
  inAgreement({
    name: 'breadcrumbs into RAM, MMU off',
    on: [off1, off2],
    proof: 'roles',
    machine: [],
    qemu: 'catches',
    commit: (victim, choose, reality) => {
      const uart = pick(rangesOf(reality, 'usable'), choose).start;
      return planAgain(victim, reality, { breadcrumbs: { uart, everyPages: 4 } });
    },
  }),
  inAgreement({
    name: 'breadcrumbs to an unaligned register',
    on: [off1, crumbs],
    proof: 'roles',
    machine: ['alignment-fault'],
    qemu: 'misses',
    commit: (victim, _, reality) => {
      const uart = some(reality.console, 'console').address + 2n;
      return planAgain(victim, reality, { breadcrumbs: { uart, everyPages: 4 } });
    },
  }),
  inAgreement({
    name: 'vectors in RAM that somebody has',
    on: [soft],
    proof: 'roles',
    machine: [],
    qemu: 'misses',
    commit: (victim, _, reality) => {
      const taken = last(rangesOf(reality, 'reserved'));
      const first = pagesIn([taken]);
      return planAgain(victim, reality, first);
    },
  }),
  inAgreement({
    name: 'control pages that firmware must not have mapped',
    on: [plain],
    proof: 'roles',
    machine: ['external-abort'],
    commit: (victim, _, reality) => planAgain(victim, reality, pagesIn(rangesOf(reality, 'no-map').slice(3, 4))),
  }),
];
