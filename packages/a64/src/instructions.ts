/**
 * The one table of A64 instructions.
 *
 * `bits` is the encoding as the Arm ARM draws it, most significant bit first: `0` and `1` are fixed, a letter is a bit
 * of the field with that letter. `operands` are in assembler order, each `kind:fields[*scale]`; a kind that spans more
 * than one field joins them most significant first. `syntax` shows where each operand is printed (`%0`, `%1`, …).
 *
 * kinds: `x` register or xzr · `xsp` register or sp · `w` 32-bit register · `u`/`s` unsigned/signed immediate ·
 * `pc` byte offset from this instruction · `bitmask` logical immediate · `cond`, `barrier`, `sysreg`, `sysop`,
 * `bareop` names from `system.ts`.
 */
// biome-ignore format: a table is read down its columns
export const instructions = {
  // C4.1.93 Data processing, immediate
  'adr':         { bits: '0 jj 10000 iiiiiiiiiiiiiiiiiii ddddd',      operands: ['x:d', 'pc:ij'],                 syntax: 'adr %0, %1' },
  'add.imm':     { bits: '1 00 100010 0 iiiiiiiiiiii nnnnn ddddd',    operands: ['xsp:d', 'xsp:n', 'u:i'],        syntax: 'add %0, %1, #%2' },
  'add.imm12':   { bits: '1 00 100010 1 iiiiiiiiiiii nnnnn ddddd',    operands: ['xsp:d', 'xsp:n', 'u:i'],        syntax: 'add %0, %1, #%2, lsl #12' },
  'sub.imm':     { bits: '1 10 100010 0 iiiiiiiiiiii nnnnn ddddd',    operands: ['xsp:d', 'xsp:n', 'u:i'],        syntax: 'sub %0, %1, #%2' },
  'subs.imm':    { bits: '1 11 100010 0 iiiiiiiiiiii nnnnn ddddd',    operands: ['x:d', 'xsp:n', 'u:i'],          syntax: 'subs %0, %1, #%2' },
  'and.imm':     { bits: '1 00 100100 Nrrrrrrssssss nnnnn ddddd',     operands: ['xsp:d', 'x:n', 'bitmask:Nrs'],  syntax: 'and %0, %1, #%2' },
  'orr.imm':     { bits: '1 01 100100 Nrrrrrrssssss nnnnn ddddd',     operands: ['xsp:d', 'x:n', 'bitmask:Nrs'],  syntax: 'orr %0, %1, #%2' },
  'movn':        { bits: '1 00 100101 hh iiiiiiiiiiiiiiii ddddd',     operands: ['x:d', 'u:i', 'u:h*16'],         syntax: 'movn %0, #%1, lsl #%2' },
  'movz':        { bits: '1 10 100101 hh iiiiiiiiiiiiiiii ddddd',     operands: ['x:d', 'u:i', 'u:h*16'],         syntax: 'movz %0, #%1, lsl #%2' },
  'movk':        { bits: '1 11 100101 hh iiiiiiiiiiiiiiii ddddd',     operands: ['x:d', 'u:i', 'u:h*16'],         syntax: 'movk %0, #%1, lsl #%2' },
  'ubfm':        { bits: '1 10 100110 1 rrrrrr ssssss nnnnn ddddd',   operands: ['x:d', 'x:n', 'u:r', 'u:s'],     syntax: 'ubfm %0, %1, #%2, #%3' },

  // C4.1.94 Branches, exceptions, system
  'b.cond':      { bits: '01010100 iiiiiiiiiiiiiiiiiii 0 cccc',       operands: ['cond:c', 'pc:i*4'],             syntax: 'b.%0 %1' },
  'hvc':         { bits: '11010100 000 iiiiiiiiiiiiiiii 000 10',      operands: ['u:i'],                          syntax: 'hvc #%0' },
  'smc':         { bits: '11010100 000 iiiiiiiiiiiiiiii 000 11',      operands: ['u:i'],                          syntax: 'smc #%0' },
  'hlt':         { bits: '11010100 010 iiiiiiiiiiiiiiii 000 00',      operands: ['u:i'],                          syntax: 'hlt #%0' },
  'eret':        { bits: '1101011 0100 11111 000000 11111 00000',     operands: [],                               syntax: 'eret' },
  'nop':         { bits: '11010101000000110010 0000 000 11111',       operands: [],                               syntax: 'nop' },
  'wfe':         { bits: '11010101000000110010 0000 010 11111',       operands: [],                               syntax: 'wfe' },
  'wfi':         { bits: '11010101000000110010 0000 011 11111',       operands: [],                               syntax: 'wfi' },
  'dsb':         { bits: '11010101000000110011 mmmm 100 11111',       operands: ['barrier:m'],                    syntax: 'dsb %0' },
  'dmb':         { bits: '11010101000000110011 mmmm 101 11111',       operands: ['barrier:m'],                    syntax: 'dmb %0' },
  'isb':         { bits: '11010101000000110011 1111 110 11111',       operands: [],                               syntax: 'isb' },
  'msr.daifset': { bits: '1101010100000 011 0100 iiii 110 11111',     operands: ['u:i'],                          syntax: 'msr daifset, #%0' },
  'msr.daifclr': { bits: '1101010100000 011 0100 iiii 111 11111',     operands: ['u:i'],                          syntax: 'msr daifclr, #%0' },
  'sys':         { bits: '1101010100 0 rrrrrrrrrrrrrrrr ttttt',       operands: ['sysop:r', 'x:t'],               syntax: '%0, %1' },
  'sys.bare':    { bits: '1101010100 0 rrrrrrrrrrrrrrrr 11111',       operands: ['bareop:r'],                     syntax: '%0' },
  'msr':         { bits: '1101010100 0 rrrrrrrrrrrrrrrr ttttt',       operands: ['sysreg:r', 'x:t'],              syntax: 'msr %0, %1' },
  'mrs':         { bits: '1101010100 1 rrrrrrrrrrrrrrrr ttttt',       operands: ['x:t', 'sysreg:r'],              syntax: 'mrs %0, %1' },
  'br':          { bits: '1101011 0000 11111 000000 nnnnn 00000',     operands: ['x:n'],                          syntax: 'br %0' },
  'blr':         { bits: '1101011 0001 11111 000000 nnnnn 00000',     operands: ['x:n'],                          syntax: 'blr %0' },
  'ret':         { bits: '1101011 0010 11111 000000 nnnnn 00000',     operands: ['x:n'],                          syntax: 'ret %0' },
  'b':           { bits: '000101 iiiiiiiiiiiiiiiiiiiiiiiiii',         operands: ['pc:i*4'],                       syntax: 'b %0' },
  'bl':          { bits: '100101 iiiiiiiiiiiiiiiiiiiiiiiiii',         operands: ['pc:i*4'],                       syntax: 'bl %0' },
  'cbz':         { bits: '1 011010 0 iiiiiiiiiiiiiiiiiii ttttt',      operands: ['x:t', 'pc:i*4'],                syntax: 'cbz %0, %1' },
  'cbnz':        { bits: '1 011010 1 iiiiiiiiiiiiiiiiiii ttttt',      operands: ['x:t', 'pc:i*4'],                syntax: 'cbnz %0, %1' },
  'tbz':         { bits: 'b 011011 0 ccccc iiiiiiiiiiiiii ttttt',     operands: ['x:t', 'u:bc', 'pc:i*4'],        syntax: 'tbz %0, #%1, %2' },
  'tbnz':        { bits: 'b 011011 1 ccccc iiiiiiiiiiiiii ttttt',     operands: ['x:t', 'u:bc', 'pc:i*4'],        syntax: 'tbnz %0, #%1, %2' },

  // C4.1.95 Loads and stores
  'ldr.literal': { bits: '01 011 0 00 iiiiiiiiiiiiiiiiiii ttttt',     operands: ['x:t', 'pc:i*4'],                syntax: 'ldr %0, %1' },
  'ldr':         { bits: '11 111 0 01 01 iiiiiiiiiiii nnnnn ttttt',   operands: ['x:t', 'xsp:n', 'u:i*8'],        syntax: 'ldr %0, [%1, #%2]' },
  'str':         { bits: '11 111 0 01 00 iiiiiiiiiiii nnnnn ttttt',   operands: ['x:t', 'xsp:n', 'u:i*8'],        syntax: 'str %0, [%1, #%2]' },
  'ldr.w':       { bits: '10 111 0 01 01 iiiiiiiiiiii nnnnn ttttt',   operands: ['w:t', 'xsp:n', 'u:i*4'],        syntax: 'ldr %0, [%1, #%2]' },
  'str.w':       { bits: '10 111 0 01 00 iiiiiiiiiiii nnnnn ttttt',   operands: ['w:t', 'xsp:n', 'u:i*4'],        syntax: 'str %0, [%1, #%2]' },
  'ldrb':        { bits: '00 111 0 01 01 iiiiiiiiiiii nnnnn ttttt',   operands: ['w:t', 'xsp:n', 'u:i'],          syntax: 'ldrb %0, [%1, #%2]' },
  'strb':        { bits: '00 111 0 01 00 iiiiiiiiiiii nnnnn ttttt',   operands: ['w:t', 'xsp:n', 'u:i'],          syntax: 'strb %0, [%1, #%2]' },
  'ldr.post':    { bits: '11 111 0 00 01 0 iiiiiiiii 01 nnnnn ttttt', operands: ['x:t', 'xsp:n', 's:i'],          syntax: 'ldr %0, [%1], #%2' },
  'str.post':    { bits: '11 111 0 00 00 0 iiiiiiiii 01 nnnnn ttttt', operands: ['x:t', 'xsp:n', 's:i'],          syntax: 'str %0, [%1], #%2' },
  'ldp':         { bits: '10 101 0 010 1 iiiiiii uuuuu nnnnn ttttt',  operands: ['x:t', 'x:u', 'xsp:n', 's:i*8'], syntax: 'ldp %0, %1, [%2, #%3]' },
  'stp':         { bits: '10 101 0 010 0 iiiiiii uuuuu nnnnn ttttt',  operands: ['x:t', 'x:u', 'xsp:n', 's:i*8'], syntax: 'stp %0, %1, [%2, #%3]' },
  'ldp.post':    { bits: '10 101 0 001 1 iiiiiii uuuuu nnnnn ttttt',  operands: ['x:t', 'x:u', 'xsp:n', 's:i*8'], syntax: 'ldp %0, %1, [%2], #%3' },
  'stp.post':    { bits: '10 101 0 001 0 iiiiiii uuuuu nnnnn ttttt',  operands: ['x:t', 'x:u', 'xsp:n', 's:i*8'], syntax: 'stp %0, %1, [%2], #%3' },
  'stnp':        { bits: '10 101 0 000 0 iiiiiii uuuuu nnnnn ttttt',  operands: ['x:t', 'x:u', 'xsp:n', 's:i*8'], syntax: 'stnp %0, %1, [%2, #%3]' },

  // C4.1.96 Data processing, register (shift: LSL only)
  'lslv':        { bits: '1 00 11010110 mmmmm 0010 00 nnnnn ddddd',   operands: ['x:d', 'x:n', 'x:m'],            syntax: 'lslv %0, %1, %2' },
  'lsrv':        { bits: '1 00 11010110 mmmmm 0010 01 nnnnn ddddd',   operands: ['x:d', 'x:n', 'x:m'],            syntax: 'lsrv %0, %1, %2' },
  'and':         { bits: '1 00 01010 00 0 mmmmm aaaaaa nnnnn ddddd',  operands: ['x:d', 'x:n', 'x:m', 'u:a'],     syntax: 'and %0, %1, %2, lsl #%3' },
  'bic':         { bits: '1 00 01010 00 1 mmmmm aaaaaa nnnnn ddddd',  operands: ['x:d', 'x:n', 'x:m', 'u:a'],     syntax: 'bic %0, %1, %2, lsl #%3' },
  'orr':         { bits: '1 01 01010 00 0 mmmmm aaaaaa nnnnn ddddd',  operands: ['x:d', 'x:n', 'x:m', 'u:a'],     syntax: 'orr %0, %1, %2, lsl #%3' },
  'eor':         { bits: '1 10 01010 00 0 mmmmm aaaaaa nnnnn ddddd',  operands: ['x:d', 'x:n', 'x:m', 'u:a'],     syntax: 'eor %0, %1, %2, lsl #%3' },
  'add':         { bits: '1 00 01011 00 0 mmmmm aaaaaa nnnnn ddddd',  operands: ['x:d', 'x:n', 'x:m', 'u:a'],     syntax: 'add %0, %1, %2, lsl #%3' },
  'sub':         { bits: '1 10 01011 00 0 mmmmm aaaaaa nnnnn ddddd',  operands: ['x:d', 'x:n', 'x:m', 'u:a'],     syntax: 'sub %0, %1, %2, lsl #%3' },
  'subs':        { bits: '1 11 01011 00 0 mmmmm aaaaaa nnnnn ddddd',  operands: ['x:d', 'x:n', 'x:m', 'u:a'],     syntax: 'subs %0, %1, %2, lsl #%3' },
} as const;

/** The table's name of an instruction: its mnemonic, with the form behind a dot where there are several. */
export type InstructionId = keyof typeof instructions;
