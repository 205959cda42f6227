import type { InstructionId, OperandSpecs } from './instructions.ts';

/**
 * The aliases of instructions that the Arm ARM prefers in disassembly ("Alias conditions" of the instruction), and by
 * which they are written. Of the aliases of a row the first that holds for a word is meant.
 *
 * Where a mnemonic takes registers as well as numbers, its forms are told apart behind a dot, as those of rows are: a register
 * is a number here, too. `syntax` is that of `instructions.ts`, over the operands of the row. `operands` is what the alias takes,
 * each with the places that it fills in the row; how the other places are filled, and what is put where another number is
 * shown than the row's own, is in `aliases.ts`. `only` is the width of the one instruction of the row that has the alias.
 */
// biome-ignore format: a table is read down its columns
export const aliases = {
  'mov.sp':       { row: 'add.imm',    operands: ['rsp:0', 'rsp:1'],                     syntax: 'mov %0, %1' },
  'cmn.imm':      { row: 'adds.imm',   operands: ['rsp:1', 'u:2'],                       syntax: 'cmn %1, #%2' },
  'cmn.imm12':    { row: 'adds.imm12', operands: ['rsp:1', 'u:2'],                       syntax: 'cmn %1, #%2, lsl #12' },
  'cmp.imm':      { row: 'subs.imm',   operands: ['rsp:1', 'u:2'],                       syntax: 'cmp %1, #%2' },
  'cmp.imm12':    { row: 'subs.imm12', operands: ['rsp:1', 'u:2'],                       syntax: 'cmp %1, #%2, lsl #12' },
  'tst.imm':      { row: 'ands.imm',   operands: ['r:1', 'bitmask:2'],                   syntax: 'tst %1, #%2' },
  'mov.bitmask':  { row: 'orr.imm',    operands: ['rsp:0', 'bitmask:2'],                 syntax: 'mov %0, #%2' },
  'mov.wide':     { row: 'movz',       operands: ['r:0', 'wide:1'],                      syntax: 'mov %0, #%1' },
  'mov.inverted': { row: 'movn',       operands: ['r:0', 'wide:1'],                      syntax: 'mov %0, #%1' },
  'mov.imm':      { row: 'movz',       operands: ['any:0', 'wide:1'],                    syntax: 'mov %0, #%1' },
  'asr.imm':      { row: 'sbfm',       operands: ['r:0', 'r:1', 'n:2'],                  syntax: 'asr %0, %1, #%2' },
  'sbfiz':        { row: 'sbfm',       operands: ['r:0', 'r:1', 'n:2', 'n:3'],           syntax: 'sbfiz %0, %1, #%2, #%3' },
  'sxtb':         { row: 'sbfm',       operands: ['r:0', 'w:1'],                         syntax: 'sxtb %0, %1' },
  'sxth':         { row: 'sbfm',       operands: ['r:0', 'w:1'],                         syntax: 'sxth %0, %1' },
  'sxtw':         { row: 'sbfm',       operands: ['r:0', 'w:1'],                         syntax: 'sxtw %0, %1', only: 64 },
  'sbfx':         { row: 'sbfm',       operands: ['r:0', 'r:1', 'n:2', 'n:3'],           syntax: 'sbfx %0, %1, #%2, #%3' },
  'bfc':          { row: 'bfm',        operands: ['r:0', 'n:2', 'n:3'],                  syntax: 'bfc %0, #%2, #%3' },
  'bfi':          { row: 'bfm',        operands: ['r:0', 'r:1', 'n:2', 'n:3'],           syntax: 'bfi %0, %1, #%2, #%3' },
  'bfxil':        { row: 'bfm',        operands: ['r:0', 'r:1', 'n:2', 'n:3'],           syntax: 'bfxil %0, %1, #%2, #%3' },
  'lsr.imm':      { row: 'ubfm',       operands: ['r:0', 'r:1', 'n:2'],                  syntax: 'lsr %0, %1, #%2' },
  'lsl.imm':      { row: 'ubfm',       operands: ['r:0', 'r:1', 'n:2'],                  syntax: 'lsl %0, %1, #%2' },
  'ubfiz':        { row: 'ubfm',       operands: ['r:0', 'r:1', 'n:2', 'n:3'],           syntax: 'ubfiz %0, %1, #%2, #%3' },
  'uxtb':         { row: 'ubfm',       operands: ['r:0', 'w:1'],                         syntax: 'uxtb %0, %1', only: 32 },
  'uxth':         { row: 'ubfm',       operands: ['r:0', 'w:1'],                         syntax: 'uxth %0, %1', only: 32 },
  'ubfx':         { row: 'ubfm',       operands: ['r:0', 'r:1', 'n:2', 'n:3'],           syntax: 'ubfx %0, %1, #%2, #%3' },
  'ror.imm':      { row: 'extr',       operands: ['r:0', 'r:12', 'n:3'],                 syntax: 'ror %0, %1, #%3' },
  'lsl.reg':      { row: 'lslv',       operands: ['r:0', 'r:1', 'r:2'],                  syntax: 'lsl %0, %1, %2' },
  'lsr.reg':      { row: 'lsrv',       operands: ['r:0', 'r:1', 'r:2'],                  syntax: 'lsr %0, %1, %2' },
  'asr.reg':      { row: 'asrv',       operands: ['r:0', 'r:1', 'r:2'],                  syntax: 'asr %0, %1, %2' },
  'ror.reg':      { row: 'rorv',       operands: ['r:0', 'r:1', 'r:2'],                  syntax: 'ror %0, %1, %2' },
  'mov.reg':      { row: 'orr',        operands: ['r:0', 'r:2'],                         syntax: 'mov %0, %2' },
  'mvn':          { row: 'orn',        operands: ['r:0', 'r:2', 'n:3=0', 'shift:4=lsl'], syntax: 'mvn %0, %2(, %4 #%3)' },
  'tst.reg':      { row: 'ands',       operands: ['r:1', 'r:2', 'n:3=0', 'shift:4=lsl'], syntax: 'tst %1, %2(, %4 #%3)' },
  'cmn.reg':      { row: 'adds',       operands: ['r:1', 'r:2', 'n:3=0', 'shift:4=lsl'], syntax: 'cmn %1, %2(, %4 #%3)' },
  'neg':          { row: 'sub',        operands: ['r:0', 'r:2', 'n:3=0', 'shift:4=lsl'], syntax: 'neg %0, %2(, %4 #%3)' },
  'cmp.reg':      { row: 'subs',       operands: ['r:1', 'r:2', 'n:3=0', 'shift:4=lsl'], syntax: 'cmp %1, %2(, %4 #%3)' },
  'negs':         { row: 'subs',       operands: ['r:0', 'r:2', 'n:3=0', 'shift:4=lsl'], syntax: 'negs %0, %2(, %4 #%3)' },
  'add.lsl':      { row: 'add.ext',    operands: ['rsp:0', 'rsp:1', 'r:2', 'n:4=0'],     syntax: 'add %0, %1, %2(, lsl #%4)' },
  'cmn.lsl':      { row: 'adds.ext',   operands: ['rsp:1', 'r:2', 'n:4=0'],              syntax: 'cmn %1, %2(, lsl #%4)' },
  'cmn.ext':      { row: 'adds.ext',   operands: ['rsp:1', 'rx:2', 'extend:3', 'n:4=0'], syntax: 'cmn %1, %2, %3( #%4)' },
  'adds.lsl':     { row: 'adds.ext',   operands: ['r:0', 'rsp:1', 'r:2', 'n:4=0'],       syntax: 'adds %0, %1, %2(, lsl #%4)' },
  'sub.lsl':      { row: 'sub.ext',    operands: ['rsp:0', 'rsp:1', 'r:2', 'n:4=0'],     syntax: 'sub %0, %1, %2(, lsl #%4)' },
  'cmp.lsl':      { row: 'subs.ext',   operands: ['rsp:1', 'r:2', 'n:4=0'],              syntax: 'cmp %1, %2(, lsl #%4)' },
  'cmp.ext':      { row: 'subs.ext',   operands: ['rsp:1', 'rx:2', 'extend:3', 'n:4=0'], syntax: 'cmp %1, %2, %3( #%4)' },
  'subs.lsl':     { row: 'subs.ext',   operands: ['r:0', 'rsp:1', 'r:2', 'n:4=0'],       syntax: 'subs %0, %1, %2(, lsl #%4)' },
  'ngc':          { row: 'sbc',        operands: ['r:0', 'r:2'],                         syntax: 'ngc %0, %2' },
  'ngcs':         { row: 'sbcs',       operands: ['r:0', 'r:2'],                         syntax: 'ngcs %0, %2' },
  'cset':         { row: 'csinc',      operands: ['r:0', 'cond:3'],                      syntax: 'cset %0, %3' },
  'cinc':         { row: 'csinc',      operands: ['r:0', 'r:12', 'cond:3'],              syntax: 'cinc %0, %1, %3' },
  'csetm':        { row: 'csinv',      operands: ['r:0', 'cond:3'],                      syntax: 'csetm %0, %3' },
  'cinv':         { row: 'csinv',      operands: ['r:0', 'r:12', 'cond:3'],              syntax: 'cinv %0, %1, %3' },
  'cneg':         { row: 'csneg',      operands: ['r:0', 'r:12', 'cond:3'],              syntax: 'cneg %0, %1, %3' },
  'mul':          { row: 'madd',       operands: ['r:0', 'r:1', 'r:2'],                  syntax: 'mul %0, %1, %2' },
  'mneg':         { row: 'msub',       operands: ['r:0', 'r:1', 'r:2'],                  syntax: 'mneg %0, %1, %2' },
  'smull':        { row: 'smaddl',     operands: ['x:0', 'w:1', 'w:2'],                  syntax: 'smull %0, %1, %2' },
  'smnegl':       { row: 'smsubl',     operands: ['x:0', 'w:1', 'w:2'],                  syntax: 'smnegl %0, %1, %2' },
  'umull':        { row: 'umaddl',     operands: ['x:0', 'w:1', 'w:2'],                  syntax: 'umull %0, %1, %2' },
  'umnegl':       { row: 'umsubl',     operands: ['x:0', 'w:1', 'w:2'],                  syntax: 'umnegl %0, %1, %2' },
  'mov.16b':      { row: 'orr.16b',    operands: ['v:0', 'v:12'],                        syntax: 'mov %0.16b, %1.16b' },
  'mov.from.d':   { row: 'umov.d',     operands: ['x:0', 'v:1', 'n:2'],                  syntax: 'mov %0, %1.d[%2]' },
  'mov.from.s':   { row: 'umov.s',     operands: ['w:0', 'v:1', 'n:2'],                  syntax: 'mov %0, %1.s[%2]' },
  'mov.to.d':     { row: 'ins.d',      operands: ['v:0', 'n:1', 'x:2'],                  syntax: 'mov %0.d[%1], %2' },
  'mov.to.s':     { row: 'ins.s',      operands: ['v:0', 'n:1', 'w:2'],                  syntax: 'mov %0.s[%1], %2' },
  'stadd':        { row: 'ldadd',      operands: ['order:0', 'r:1', 'xsp:3'],            syntax: 'stadd%0 %1, [%3]' },
  'staddb':       { row: 'ldaddb',     operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stadd%0b %1, [%3]' },
  'staddh':       { row: 'ldaddh',     operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stadd%0h %1, [%3]' },
  'stclr':        { row: 'ldclr',      operands: ['order:0', 'r:1', 'xsp:3'],            syntax: 'stclr%0 %1, [%3]' },
  'stclrb':       { row: 'ldclrb',     operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stclr%0b %1, [%3]' },
  'stclrh':       { row: 'ldclrh',     operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stclr%0h %1, [%3]' },
  'steor':        { row: 'ldeor',      operands: ['order:0', 'r:1', 'xsp:3'],            syntax: 'steor%0 %1, [%3]' },
  'steorb':       { row: 'ldeorb',     operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'steor%0b %1, [%3]' },
  'steorh':       { row: 'ldeorh',     operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'steor%0h %1, [%3]' },
  'stset':        { row: 'ldset',      operands: ['order:0', 'r:1', 'xsp:3'],            syntax: 'stset%0 %1, [%3]' },
  'stsetb':       { row: 'ldsetb',     operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stset%0b %1, [%3]' },
  'stseth':       { row: 'ldseth',     operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stset%0h %1, [%3]' },
  'stsmax':       { row: 'ldsmax',     operands: ['order:0', 'r:1', 'xsp:3'],            syntax: 'stsmax%0 %1, [%3]' },
  'stsmaxb':      { row: 'ldsmaxb',    operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stsmax%0b %1, [%3]' },
  'stsmaxh':      { row: 'ldsmaxh',    operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stsmax%0h %1, [%3]' },
  'stsmin':       { row: 'ldsmin',     operands: ['order:0', 'r:1', 'xsp:3'],            syntax: 'stsmin%0 %1, [%3]' },
  'stsminb':      { row: 'ldsminb',    operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stsmin%0b %1, [%3]' },
  'stsminh':      { row: 'ldsminh',    operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stsmin%0h %1, [%3]' },
  'stumax':       { row: 'ldumax',     operands: ['order:0', 'r:1', 'xsp:3'],            syntax: 'stumax%0 %1, [%3]' },
  'stumaxb':      { row: 'ldumaxb',    operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stumax%0b %1, [%3]' },
  'stumaxh':      { row: 'ldumaxh',    operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stumax%0h %1, [%3]' },
  'stumin':       { row: 'ldumin',     operands: ['order:0', 'r:1', 'xsp:3'],            syntax: 'stumin%0 %1, [%3]' },
  'stuminb':      { row: 'lduminb',    operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stumin%0b %1, [%3]' },
  'stuminh':      { row: 'lduminh',    operands: ['order:0', 'w:1', 'xsp:3'],            syntax: 'stumin%0h %1, [%3]' },
} as const;

/** What an alias of the table looks like. */
export interface AliasRow {
  readonly row: string;
  readonly operands: readonly string[];
  readonly syntax: string;
  readonly only?: 32 | 64;
}

type Table = typeof aliases;
type Name = keyof Table;
/** Aliases of a row that is two instructions, of which both have it. */
type BothWidths = {
  [Id in Name]: Table[Id] extends { readonly only: number }
    ? never
    : `${Table[Id]['row']}.w` extends InstructionId
      ? Id
      : never;
}[Name];

/** The name of an alias: its mnemonic, with the form behind a dot where there are several, and `.w` for the 32-bit one. */
export type AliasId = Name | `${BothWidths}.w`;

/** The operands of an instruction or alias as the table writes them. */
export type SpecsOf<Id extends InstructionId | AliasId> = Id extends InstructionId
  ? OperandSpecs<Id>
  : Id extends Name
    ? Table[Id]['operands']
    : Id extends `${infer Base extends BothWidths}.w`
      ? Table[Base]['operands']
      : never;
