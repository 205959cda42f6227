import {
  Assembler,
  type SystemRegister,
  x0,
  x1,
  x2,
  x3,
  x4,
  x5,
  x6,
  x7,
  x8,
  x9,
  x10,
  x11,
  x12,
  x13,
  x14,
  x15,
  x16,
  x17,
  x18,
  x19,
  x28,
  xzr,
} from '@kexeckit/a64';
import type { TranslationRegisters } from '@kexeckit/arm64-pgtable';
import { RelocationError } from './error.ts';
import { PAGE_SIZE } from './page.ts';
import type { RoutineKind } from './strategy.ts';

/** The exception level that the routine runs at, and hands over at. */
export type ExceptionLevel = 1 | 2;

/** Everything that a routine is told; it stands as literals at the end of its own page. */
export interface RoutineParameters {
  readonly kind: RoutineKind;
  readonly exceptionLevel: ExceptionLevel;
  /** Physical address of the next stage's first instruction. */
  readonly entry: bigint;
  /** Physical address of its device tree, handed over in x0. */
  readonly dtb: bigint;
  /** Head word of the entry list. */
  readonly head: bigint;
  /** The temporary address space; only `copy-mmu-on` has one. */
  readonly translation?: TranslationRegisters;
}

/** An emitted routine. */
export interface Routine {
  readonly words: Uint32Array;
  /** Byte offset of the last instruction, the jump: everything before it is done when it is reached. */
  readonly jumpOffset: number;
}

// Where the routine keeps things; x0 to x7 carry the data of a copy.
const address = x8; // of the page that an entry names
const destination = x9;
const list = x10; // next entry word
const entryWord = x11;
const lineSize = x12; // bytes
const cursor = x13;
const end = x14;
const scratch = x15;
const [ttbr0, tcr, mair, sctlrOn] = [x16, x17, x18, x19];
const next = x28; // the next stage

const PAGE_MASK = 0xffff_ffff_ffff_f000n;
const COPY_UNROLL = 128; // bytes a turn of the copy loop

// SCTLR_ELx: the RES1 bits alone turn MMU and caches off, little-endian (Arm ARM D24; arm64 booting.rst).
const SCTLR_OFF: Record<ExceptionLevel, bigint> = { 1: 0x30500800n, 2: 0x30c50830n };
const SCTLR_M_C_I = 0x1005n; // MMU, data cache, instruction cache

/** The names of the registers and the TLB operation of one exception level. */
interface Level {
  readonly sctlr: SystemRegister;
  readonly ttbr0: SystemRegister;
  readonly tcr: SystemRegister;
  readonly mair: SystemRegister;
  readonly tlbi: 'tlbi vmalle1' | 'tlbi alle2';
}

const levels: Record<ExceptionLevel, Level> = {
  1: { sctlr: 'sctlr_el1', ttbr0: 'ttbr0_el1', tcr: 'tcr_el1', mair: 'mair_el1', tlbi: 'tlbi vmalle1' },
  2: { sctlr: 'sctlr_el2', ttbr0: 'ttbr0_el2', tcr: 'tcr_el2', mair: 'mair_el2', tlbi: 'tlbi alle2' },
};

/**
 * Emits the relocation routine.
 *
 * It is entered as the boot protocol enters a kernel: at its first word, at its physical address, MMU off, and with
 * nothing in the registers that it needs. It leaves the same way: MMU and data cache off, everything it wrote cleaned
 * to the point of coherency, x0 = device tree, x1 to x3 = 0 (Documentation/arch/arm64/booting.rst).
 *
 * @throws RelocationError `ENOSPC` if it does not fit its page, `EINVAL` for `copy-mmu-on` without an address space.
 */
export function emitRoutine(parameters: RoutineParameters): Routine {
  const level = levels[parameters.exceptionLevel];
  const a = new Assembler();
  a.emit('msr.daifset', 0xf);
  if (parameters.kind === 'copy-mmu-on') emitTablesOn(a, level);
  if (parameters.kind !== 'in-place') {
    emitLineSize(a);
    emitWalk(a, parameters.kind);
  }
  a.label('done');
  emitInstructionsVisible(a);
  if (parameters.kind === 'copy-mmu-on') emitTablesOff(a, level);
  emitHandOver(a);
  emitLiterals(a, parameters);
  const words = a.words();
  if (words.length * 4 > PAGE_SIZE) {
    throw new RelocationError('ENOSPC', `the routine takes ${words.length * 4} bytes`, 'it must fit one page');
  }
  return { words, jumpOffset: a.offsetOf('jump') };
}

/** Turns the temporary address space on. No TLB entry of the old kernel survives (Arm ARM D8.17). */
function emitTablesOn(a: Assembler, level: Level): void {
  a.emit('ldr.literal', ttbr0, 'ttbr0').emit('ldr.literal', tcr, 'tcr');
  a.emit('ldr.literal', mair, 'mair').emit('ldr.literal', sctlrOn, 'sctlr-on');
  a.emit('msr', level.mair, mair).emit('msr', level.tcr, tcr).emit('msr', level.ttbr0, ttbr0);
  a.emit('isb');
  a.emit('sys.bare', level.tlbi).emit('sys.bare', 'ic iallu').emit('dsb', 'nsh').emit('isb');
  a.emit('msr', level.sctlr, sctlrOn).emit('isb');
}

/** CTR_EL0.DminLine, bits 19:16, is log2 of the words in the smallest data cache line (Arm ARM D24, CTR_EL0). */
function emitLineSize(a: Assembler): void {
  a.emit('mrs', scratch, 'ctr_el0').emit('ubfm', scratch, scratch, 16, 19);
  a.emit('movz', lineSize, 4, 0).emit('lslv', lineSize, lineSize, scratch);
}

/** Follows the entry list from its head, copying each source page, until DONE. */
function emitWalk(a: Assembler, kind: RoutineKind): void {
  a.emit('ldr.literal', entryWord, 'head');
  a.label('entry');
  a.emit('and.imm', address, entryWord, PAGE_MASK);
  a.emit('tbnz', entryWord, 3, 'source');
  a.emit('tbnz', entryWord, 1, 'indirection');
  a.emit('tbnz', entryWord, 2, 'done');
  a.emit('orr', destination, xzr, address, 0);
  a.label('fetch').emit('ldr.post', entryWord, list, 8).emit('b', 'entry');
  a.label('indirection').emit('orr', list, xzr, address, 0).emit('b', 'fetch');
  a.label('source');
  // With the MMU off stores go past the caches: a line that the old kernel left there must not land on top later.
  if (kind === 'copy-mmu-off') emitCleanPage(a, 'drop');
  emitCopyPage(a);
  // With the MMU on the copy is in the cache: the next stage, with its MMU off, would not see it.
  if (kind === 'copy-mmu-on') emitCleanPage(a, 'publish');
  a.emit('add.imm12', destination, destination, 1);
  a.emit('b', 'fetch');
}

/** DC CIVAC over the destination page; the DSB that completes it comes before anything depends on it. */
function emitCleanPage(a: Assembler, label: string): void {
  a.emit('orr', cursor, xzr, destination, 0).emit('add.imm12', end, destination, 1);
  a.label(label).emit('sys', 'dc civac', cursor).emit('add', cursor, cursor, lineSize, 0);
  a.emit('subs', xzr, cursor, end, 0).emit('b.cond', 'cc', label);
  if (label === 'drop') a.emit('dsb', 'sy');
}

/** Copies the page at `address` to `destination`, 128 bytes a turn. */
function emitCopyPage(a: Assembler): void {
  a.emit('orr', cursor, xzr, destination, 0).emit('add.imm12', end, destination, 1);
  a.label('copy');
  for (let offset = 0; offset < COPY_UNROLL; offset += 64) {
    a.emit('ldp', x0, x1, address, offset).emit('ldp', x2, x3, address, offset + 16);
    a.emit('ldp', x4, x5, address, offset + 32).emit('ldp', x6, x7, address, offset + 48);
    a.emit('stp', x0, x1, cursor, offset).emit('stp', x2, x3, cursor, offset + 16);
    a.emit('stp', x4, x5, cursor, offset + 32).emit('stp', x6, x7, cursor, offset + 48);
  }
  a.emit('add.imm', address, address, COPY_UNROLL).emit('add.imm', cursor, cursor, COPY_UNROLL);
  a.emit('subs', xzr, cursor, end, 0).emit('b.cond', 'cc', 'copy');
}

/** All copies and cleans are complete, and no old instruction is fetched from here on (booting.rst, "Caches, MMUs"). */
function emitInstructionsVisible(a: Assembler): void {
  a.emit('dsb', 'sy').emit('sys.bare', 'ic iallu').emit('dsb', 'sy').emit('isb');
}

/** Turns MMU and caches off, and leaves no TLB entry of the temporary space behind. */
function emitTablesOff(a: Assembler, level: Level): void {
  a.emit('ldr.literal', scratch, 'sctlr-off');
  a.emit('msr', level.sctlr, scratch).emit('isb');
  a.emit('sys.bare', level.tlbi).emit('dsb', 'nsh').emit('isb');
}

function emitHandOver(a: Assembler): void {
  a.emit('ldr.literal', next, 'next').emit('ldr.literal', x0, 'dtb');
  a.emit('movz', x1, 0, 0).emit('movz', x2, 0, 0).emit('movz', x3, 0, 0);
  a.label('jump').emit('br', next);
}

function emitLiterals(a: Assembler, parameters: RoutineParameters): void {
  const { kind, exceptionLevel, translation } = parameters;
  a.quad('next', parameters.entry).quad('dtb', parameters.dtb);
  if (kind === 'in-place') return;
  a.quad('head', parameters.head);
  if (kind === 'copy-mmu-off') return;
  if (translation === undefined) {
    throw new RelocationError('EINVAL', 'a copy with the MMU on has no address space', 'build its tables first');
  }
  a.quad('ttbr0', translation.ttbr).quad('tcr', translation.tcr).quad('mair', translation.mair);
  const off = SCTLR_OFF[exceptionLevel];
  a.quad('sctlr-on', off | SCTLR_M_C_I).quad('sctlr-off', off);
}
