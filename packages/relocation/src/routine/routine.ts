import { Assembler, xzr } from '@kexeckit/a64';
import type { TranslationRegisters } from '@kexeckit/arm64-pgtable';
import { RelocationError } from '../error.ts';
import { PAGE_SIZE } from '../page.ts';
import { type Breadcrumbs, breadcrumbs, checkBreadcrumbs, emitCrumb, emitCrumbPeriod } from './breadcrumbs.ts';
import { emitCleanPage, emitLineSize } from './copy.ts';
import { checkState, type ExecutionState, emitTablesOff, emitTablesOn, type Level, levelOf, sctlrOn } from './level.ts';
import { registers } from './registers.ts';
import { emitDigest, emitDigestSetup, emitDigestStart } from './sha256.ts';
import { emitDigestEnd, emitFirstRecord, emitMismatch, emitVerifyInPlace, emitWalk } from './walk.ts';

/** Everything that a routine is told; it stands as literals at the end of its own page. */
export interface RoutineParameters extends ExecutionState {
  /** Physical address of the next stage's first instruction. */
  readonly entry: bigint;
  /** Physical address of its device tree, handed over in x0. */
  readonly dtb: bigint;
  /** Follow the entry list of this head word, and copy with the MMU on or off. Undefined: nothing is copied. */
  readonly copy?: { readonly mmu: 'on' | 'off'; readonly head: bigint } | undefined;
  /** The temporary address space: for copies with the MMU on, and for anything that is verified. */
  readonly translation?: TranslationRegisters | undefined;
  /** Physical addresses of the page of constants and records, and of a page to work in: digests are compared. */
  readonly verification?: { readonly constants: bigint; readonly workspace: bigint } | undefined;
  readonly breadcrumbs?: Breadcrumbs | undefined;
  /** From EL1, hand over at EL2: the jump is an HVC, which the vectors of {@link emitVectors} answer. */
  readonly softRestart?: boolean | undefined;
}

/** What the instructions of a routine are for, in the order in which they stand. What a routine has no use for is not there. */
const parts = [
  'enter',
  'tables on',
  'prepare',
  'copy',
  'verify',
  'leave',
  'tables off',
  'hand over',
  'digest',
  'stop',
  'literals',
] as const;

/** A stretch of a routine, up to the next one. `digest` is called from `copy` and `verify`; all before it run one after the other. */
export interface RoutinePart {
  readonly name: (typeof parts)[number];
  /** Byte offset of its first instruction. */
  readonly offset: number;
}

/** An emitted routine. */
export interface Routine {
  readonly words: Uint32Array;
  readonly parts: readonly RoutinePart[];
  /** Byte offset of the last instruction, the jump: everything before it is done when it is reached. */
  readonly jumpOffset: number;
  /** Byte offset of where it stops when a digest is wrong; undefined where none is compared. */
  readonly haltOffset: number | undefined;
}

/** A routine that compares digests. */
export interface VerifyingRoutine extends Routine {
  readonly haltOffset: number;
}

/**
 * Emits the relocation routine.
 *
 * It is entered as the boot protocol enters a kernel: at its first word, at its physical address, MMU off, and with
 * nothing in the registers that it needs. It leaves the same way: MMU and data cache off, everything it wrote cleaned
 * to the point of coherency, x0 = device tree, x1 to x3 = 0 (Documentation/arch/arm64/booting.rst).
 *
 * @throws RelocationError `ENOSPC` if it does not fit its page, `EINVAL` without the address space that it needs.
 */
export function emitRoutine(
  parameters: RoutineParameters & { readonly verification: NonNullable<RoutineParameters['verification']> },
): VerifyingRoutine;
export function emitRoutine(parameters: RoutineParameters): Routine;
export function emitRoutine(parameters: RoutineParameters): Routine {
  check(parameters);
  const level = levelOf(parameters);
  const { copy, translation, verification, breadcrumbs: crumbs } = parameters;
  const a = new Assembler();
  const emitted = new Set<RoutinePart['name']>();
  const part = (name: RoutinePart['name']): void => {
    emitted.add(name);
    a.label(labelOf(name));
  };
  part('enter');
  a.emit('msr.daifset', 0xf);
  if (crumbs) {
    a.emit('ldr.literal', registers.uart, 'uart');
    emitCrumbPeriod(a, crumbs);
  }
  emitCrumb(a, crumbs, breadcrumbs.entered);
  if (translation) {
    part('tables on');
    emitTablesOn(a, level);
    emitCrumb(a, crumbs, breadcrumbs.tablesOn);
  }
  if (verification || copy) part('prepare');
  if (verification) emitVerificationSetup(a, level);
  if (verification || copy) emitLineSize(a);
  if (copy) {
    part('copy');
    emitWalk(a, { mmu: copy.mmu, verify: verification !== undefined, crumbs });
  }
  a.label('done');
  if (verification) {
    part('verify');
    emitVerifyInPlace(a);
    emitCleanWorkspace(a);
    emitCrumb(a, crumbs, breadcrumbs.verified);
  }
  part('leave');
  emitInstructionsVisible(a);
  if (translation) {
    part('tables off');
    emitTablesOff(a, level);
    emitCrumb(a, crumbs, breadcrumbs.tablesOff);
  }
  part('hand over');
  emitCrumb(a, crumbs, breadcrumbs.jumping);
  emitHandOver(a, parameters.softRestart ?? false);
  if (verification) {
    part('digest');
    emitDigest(a, registers.end);
    emitDigestStart(a);
    emitDigestEnd(a);
    part('stop');
    emitMismatch(a, crumbs);
  }
  part('literals');
  emitLiterals(a, parameters, level);
  const words = a.words();
  if (words.length * 4 > PAGE_SIZE)
    throw new RelocationError('ENOSPC', `the routine takes ${words.length * 4} bytes`, 'it must fit one page');
  return {
    words,
    parts: parts.filter((name) => emitted.has(name)).map((name) => ({ name, offset: a.offsetOf(labelOf(name)) })),
    jumpOffset: a.offsetOf('jump'),
    haltOffset: verification && a.offsetOf('halt'),
  };
}

const labelOf = (name: RoutinePart['name']): string => `part ${name}`;

function check({
  copy,
  translation,
  verification,
  softRestart,
  breadcrumbs: crumbs,
  ...state
}: RoutineParameters): void {
  checkState(state);
  if (crumbs !== undefined) checkBreadcrumbs(crumbs);
  if ((copy?.mmu === 'on' || verification !== undefined) && translation === undefined)
    throw new RelocationError(
      'EINVAL',
      'a routine that copies or verifies has no address space',
      'build its tables first',
    );
  if (copy?.mmu === 'off' && translation !== undefined)
    throw new RelocationError(
      'EINVAL',
      'a copy with the MMU off has an address space',
      'leave it and verification out',
    );
  if (softRestart && state.exceptionLevel !== 1)
    throw new RelocationError('EINVAL', 'a soft restart starts at EL1', 'EL2 hands over at EL2 anyway');
}

function emitVerificationSetup(a: Assembler, level: Level): void {
  const { constants, workspace, scratch } = registers;
  a.emit('ldr.literal', constants, 'constants').emit('ldr.literal', workspace, 'workspace');
  a.emit('ldr.literal', scratch, 'simd').emit('msr', level.simd[0], scratch).emit('isb');
  emitDigestSetup(a);
  emitFirstRecord(a);
}

/** A dirty line left in the workspace could land on what the next kernel puts there before it turns its caches on. */
function emitCleanWorkspace(a: Assembler): void {
  a.emit('orr', registers.destination, xzr, registers.workspace, 0);
  emitCleanPage(a, 'clean-workspace');
}

/** All copies and cleans are complete, and no old instruction is fetched from here on (booting.rst, "Caches, MMUs"). */
function emitInstructionsVisible(a: Assembler): void {
  a.emit('dsb', 'sy').emit('sys.bare', 'ic iallu').emit('dsb', 'sy').emit('isb');
}

function emitHandOver(a: Assembler, softRestart: boolean): void {
  a.emit('ldr.literal', registers.next, 'next').emit('ldr.literal', 0, 'dtb');
  a.emit('movz', 1, 0, 0).emit('movz', 2, 0, 0).emit('movz', 3, 0, 0);
  a.label('jump');
  if (softRestart) a.emit('hvc', 0);
  else a.emit('br', registers.next);
}

function emitLiterals(a: Assembler, parameters: RoutineParameters, level: Level): void {
  const { copy, translation, verification, breadcrumbs: crumbs } = parameters;
  a.quad('next', parameters.entry).quad('dtb', parameters.dtb);
  if (copy) a.quad('head', copy.head);
  if (crumbs) a.quad('uart', crumbs.uart);
  if (verification) {
    a.quad('constants', verification.constants).quad('workspace', verification.workspace);
    a.quad('simd', level.simd[1]);
  }
  if (translation === undefined) return;
  a.quad('ttbr', translation.ttbr).quad('tcr', translation.tcr).quad('mair', translation.mair);
  a.quad('sctlr-on', sctlrOn(level)).quad('sctlr-off', level.sctlrOff);
}
