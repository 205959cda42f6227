import { encode, x6, x8, x9, x15, x16, x28, x29, xzr } from '@kexeckit/a64';
import type { LoadedReboot } from '@kexeckit/reboot';
import { addressOf, pfnOf, segmentEnd } from '@kexeckit/relocation';
import type { EmitterSabotage } from './emitter-kind.ts';
import type { Routine } from './routine.ts';
import { crumbs, off1, off2, on1, on2, plain, reserved, reservedVerified, vhe } from './setups.ts';
import { stageOf } from './stage.ts';

/** Before the tables are on, or with the MMU off at all. */
const early = (routine: Routine): number => routine.find('isb')[0] ?? 0;
/** At the hand-over, where the boot protocol's registers are set. */
const late = (routine: Routine): number => routine.find('movz', 1, 0)[0] ?? 0;

/** The address of the console, while a routine marks its stages. */
const UART = 22;

const waits = encode('cbnz', x15, 0);

/** A page of RAM that the plan knows nothing of. */
function foreignPage(victim: LoadedReboot): bigint {
  const { start, placement } = stageOf(victim);
  let pfn = pfnOf(start) + 1;
  const isKnown = (): boolean =>
    victim.image.has(pfn) ||
    placement.segments.some((segment) => pfnOf(segment.mem) <= pfn && pfn < pfnOf(segmentEnd(segment) + 1n));
  while (isKnown()) pfn += 1;
  return addressOf(pfn);
}

/** Puts an address of 48 bits into x15. */
const addressInX15 = (address: bigint): number[] => [
  encode('movz', x15, Number(address & 0xffffn), 0),
  encode('movk', x15, Number((address >> 16n) & 0xffffn), 16),
  encode('movk', x15, Number((address >> 32n) & 0xffffn), 32),
];

/** Before each page, looks whether its first word stands there already, and then goes on behind the copy. */
function skipPagesThatLookCopied(routine: Routine, verify: boolean): void {
  const copied = verify ? routine.find('orr', 27, xzr, 9)[0] : (routine.find('subs.imm', 11, 11, 1)[0] ?? 0) - 1;
  const begins = routine.find('orr', 13, xzr, 9)[0] ?? 0;
  routine.insert(
    begins,
    encode('ldr', x15, x8, 0),
    encode('ldr', x16, x9, 0),
    encode('subs', xzr, x15, x16, 0),
    encode('b.cond', 'ne', 12),
    encode('add.imm12', x8, x8, 1),
    (place) => encode('b', 4 * ((copied ?? 0) - place)),
  );
}

/**
 * What works on a machine that answers as the strict one happens to, and says nothing of any other: waiting, firmware, optional
 * instructions, identification, registers and memory that nobody has set.
 */
export const foreignInstructions: readonly EmitterSabotage[] = [
  ...(['wfi', 'wfe'] as const).map(
    (id): EmitterSabotage => ({
      name: `it waits with ${id.toUpperCase()} on its way`,
      on: [on1, off2, reserved],
      says: ['instruction'],
      patch: (routine) => routine.insert(late(routine), encode(id)),
    }),
  ),
  ...(['smc', 'hvc'] as const).map(
    (id): EmitterSabotage => ({
      name: `it asks the firmware by ${id.toUpperCase()} what it is`,
      on: [on2, off2],
      says: [id === 'hvc' ? 'fault' : 'instruction'],
      patch: (routine) =>
        routine.insert(late(routine), encode('movz', 0, 0, 0), encode('movk', 0, 0x8400, 16), encode(id, 0)),
    }),
  ),
  {
    name: 'CRC32 is used without asking for it',
    on: [on1, off1, reserved],
    says: ['fault'],
    patch: (routine) => routine.insert(late(routine), encode('crc32x', x15, x15, x15)),
  },
  {
    name: 'SB stands for DSB and ISB',
    on: [on1, off2],
    says: ['fault'],
    patch: (routine) => routine.insert(late(routine), encode('sb')),
  },
  {
    name: 'TLBI of the outer shareable domain, which Armv8.0 does not have',
    on: [on1, vhe],
    says: ['fault'],
    patch: (routine) => routine.insert(late(routine), encode('sys.bare', 'tlbi vmalle1os')),
  },
  {
    name: 'it waits until the generic counter is below 2^32',
    on: [on1, off2],
    says: ['instruction'],
    patch: (routine) =>
      routine.insert(late(routine), encode('mrs', x15, 'cntvct_el0'), encode('ubfm', x15, x15, 32, 63), waits),
  },
  {
    name: 'it goes on if the CPU is the first of the first cluster',
    on: [on1, off1, reservedVerified],
    says: ['instruction'],
    patch: (routine) =>
      routine.insert(late(routine), encode('mrs', x15, 'mpidr_el1'), encode('ubfm', x15, x15, 0, 23), waits),
  },
  {
    name: 'it goes on if the CPU is the one that it was written for',
    on: [on2, off2],
    says: ['instruction'],
    patch: (routine) =>
      routine.insert(
        early(routine),
        encode('mrs', x28, 'midr_el1'),
        encode('ubfm', x28, x28, 4, 15),
        encode('movz', x29, 0xd07, 0),
        encode('subs', xzr, x28, x29, 0),
        encode('b.cond', 'ne', 0),
      ),
  },
  {
    name: 'a register that nobody has set must not be zero',
    on: [on1, plain],
    says: ['never ends'],
    in: 'registers of zero',
    patch: (routine) => routine.insert(early(routine), encode('cbz', 7, 0)),
  },
  {
    name: 'flags that nobody has set must be set',
    on: [on1, on2, vhe],
    says: ['never ends'],
    in: 'an adversary',
    patch: (routine) => routine.insert(early(routine), encode('b.cond', 'ne', 0)),
  },
  {
    name: 'memory of somebody else is read',
    on: [off1, off2],
    says: ['stray access'],
    patch: (routine, victim) =>
      routine.insert(late(routine), ...addressInX15(foreignPage(victim)), encode('ldr', x16, x15, 0)),
  },
  {
    name: 'memory of somebody else is written, and put back',
    on: [off1, off2],
    says: ['stray access'],
    patch: (routine, victim) =>
      routine.insert(
        late(routine),
        ...addressInX15(foreignPage(victim)),
        encode('ldr', x16, x15, 0),
        encode('str', xzr, x15, 0),
        encode('str', x16, x15, 0),
      ),
  },
  {
    name: 'an exclusive access while the MMU is off',
    on: [off1, off2],
    says: ['fault'],
    patch: (routine) => routine.insert(late(routine), encode('ldxr', x16, 0)),
  },
  {
    name: 'a page is not copied whose first word stands there already',
    on: [on1, on2, plain],
    says: ['digest', 'dirty lines'],
    in: 'registers of zero',
    patch: (routine, { plan }) => skipPagesThatLookCopied(routine, plan.wishes.verify),
  },
  {
    name: 'the console is turned off in the end',
    on: [crumbs],
    says: ['console'],
    patch: (routine) => routine.insert(late(routine), encode('str.w', xzr, UART, 0x30)),
  },
  {
    name: 'a character of the console is read',
    on: [crumbs],
    says: ['console'],
    patch: (routine) => routine.insert(late(routine), encode('ldr.w', x15, UART, 0)),
  },
  {
    name: 'marks are written in eight bytes',
    on: [crumbs],
    says: ['console'],
    patch: (routine) => routine.replace(routine.find('str.w', x15, UART, 0), encode('str', x15, UART, 0)),
  },
  {
    name: 'it waits until nobody types',
    on: [crumbs],
    says: ['never ends'],
    in: 'registers of zero',
    patch: (routine) => routine.insert(late(routine), encode('ldr.w', x15, UART, 0x18), encode('tbz', x15, 4, -4)),
  },
  {
    name: 'digests are compared in a few bits',
    on: [on1, reservedVerified],
    says: ['digest'],
    in: 'bit 0 of a digest is wrong',
    patch: (routine) => {
      const [last = 0] = routine.find('orr', x6, x6).slice(-1);
      routine.insertBehind(last, encode('and.imm', x6, x6, 0x8000_0000_8000_0000n));
    },
  },
];
