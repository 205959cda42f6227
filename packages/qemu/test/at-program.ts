import { Assembler, type SystemOperation, type SystemRegister, x0, x1, x2, x3, x4, x5, x28 } from '@kexeckit/a64';
import { BARE_METAL_BASE, type BareMetalOptions, type MemoryPiece, runBareMetal } from '../src/index.ts';

/** The AT instructions that every address is asked with, in the order of the answers. */
export const operations = [
  'at s1e1r',
  'at s1e1w',
  'at s1e0r',
  'at s1e0w',
  'at s1e2r',
  'at s1e2w',
  'at s12e1r',
  'at s12e1w',
  'at s12e0r',
  'at s12e0w',
] as const satisfies readonly SystemOperation[];

export type AtOperation = (typeof operations)[number];

/** The registers that a job sets, in the order of its record; those that it leaves out are zero. */
const jobRegisters = [
  'hcr_el2',
  'sctlr_el1',
  'tcr_el1',
  'mair_el1',
  'ttbr0_el1',
  'ttbr1_el1',
  'sctlr_el2',
  'tcr_el2',
  'mair_el2',
  'ttbr0_el2',
  'ttbr1_el2',
  'vtcr_el2',
  'vttbr_el2',
] as const satisfies readonly SystemRegister[];

/** A translation regime, and the addresses that QEMU is asked about. */
export interface AtJob {
  readonly registers: Readonly<Partial<Record<(typeof jobRegisters)[number], bigint>>>;
  readonly addresses: readonly bigint[];
}

/** QEMU's answers to one job: PAR_EL1 of an operation for an address, by its index. */
export interface AtAnswers {
  par(address: number, operation: AtOperation): bigint;
}

/** SCTLR_ELx.M, with the bits that are one in every kernel. */
export const MMU_ON = 0x30d0_0801n;
/** HCR_EL2.RW: EL1 is AArch64. */
export const EL1_IS_64 = 1n << 31n;

const SCR_NON_SECURE = 0x501; // NS, HCE, RW
const RECORD = 8 * (jobRegisters.length + 3);
const code = BARE_METAL_BASE;
const vectors = BARE_METAL_BASE + 0x1000n;
const jobList = BARE_METAL_BASE + 0x1_0000n;

/** What tables must leave free: program, jobs, addresses and answers lie from BARE_METAL_BASE up to here. */
export const TABLES_BASE: bigint = BARE_METAL_BASE + 0x1000_0000n;

/**
 * The program, for EL3: it sets up the registers of each job for the non-secure world, with its own MMU off, and asks for
 * each address with every operation.
 */
function atProgram(): Uint32Array {
  const a = new Assembler()
    .emit('ldr.literal', x0, 'vectors')
    .emit('msr', 'vbar_el3', x0)
    .emit('movz', x0, SCR_NON_SECURE, 0)
    .emit('msr', 'scr_el3', x0)
    .emit('ldr.literal', x28, 'jobs')
    .label('job')
    .emit('ldr', x1, x28, RECORD - 8)
    .emit('cbz', x1, 'end')
    .emit('ldr', x2, x28, RECORD - 24)
    .emit('ldr', x3, x28, RECORD - 16);
  for (const [index, register] of jobRegisters.entries()) a.emit('ldr', x0, x28, 8 * index).emit('msr', register, x0);
  a.emit('isb').emit('sys.bare', 'tlbi alle1').emit('sys.bare', 'tlbi alle2').emit('dsb', 'sy').emit('isb');
  a.label('address').emit('cbz', x3, 'done').emit('ldr.post', x4, x2, 8).emit('sub.imm', x3, x3, 1);
  for (const operation of operations)
    a.emit('sys', operation, x4).emit('isb').emit('mrs', x5, 'par_el1').emit('str.post', x5, x1, 8);
  a.emit('b', 'address').label('done').emit('add.imm', x28, x28, RECORD).emit('b', 'job');
  return a.quad('vectors', vectors).quad('jobs', jobList).label('end').words();
}

/** An AT that ends in an exception (an external abort on its walk) leaves ESR_EL3 as its answer: bit 11 is clear. */
function vectorWords(): Uint32Array {
  const a = new Assembler();
  for (let word = 0; word < 0x200 / 4; word++) a.emit('b', 0); // 0x200: synchronous, from the same level
  a.emit('mrs', x0, 'esr_el3').emit('msr', 'par_el1', x0);
  a.emit('mrs', x0, 'elr_el3').emit('add.imm', x0, x0, 4).emit('msr', 'elr_el3', x0).emit('eret');
  return a.words();
}

/** Asks QEMU about the addresses of each job. `tables` are the pieces of memory that hold the tables. */
export async function askQemu(
  jobs: readonly AtJob[],
  tables: readonly MemoryPiece[],
  options: BareMetalOptions = {},
): Promise<AtAnswers[]> {
  const list = new BigUint64Array((jobs.length + 1) * (RECORD / 8));
  const asked = BigUint64Array.from(jobs.flatMap(({ addresses }) => addresses));
  const askedAt = align(jobList + BigInt(list.byteLength));
  const answersAt = align(askedAt + BigInt(asked.byteLength));
  const size = asked.length * operations.length * 8;
  if (answersAt + BigInt(size) > TABLES_BASE) throw new Error(`${asked.length} addresses are too many for one run`);
  let before = 0;
  const firsts = jobs.map(({ registers, addresses }, job) => {
    const first = before;
    const record = [
      ...jobRegisters.map((register) => registers[register] ?? 0n),
      askedAt + BigInt(8 * first),
      BigInt(addresses.length),
      answersAt + BigInt(8 * operations.length * first),
    ];
    list.set(record, (job * RECORD) / 8);
    before += addresses.length;
    return first;
  });
  const { results } = await runBareMetal(
    {
      words: atProgram(),
      address: code,
      memory: [
        { address: vectors, bytes: new Uint8Array(vectorWords().buffer) },
        { address: jobList, bytes: new Uint8Array(list.buffer) },
        { address: askedAt, bytes: new Uint8Array(asked.buffer) },
        ...tables,
      ],
      results: [{ address: answersAt, size }],
    },
    { memory: 1n << 30n, exceptionLevel: 3, timeoutMs: 60_000, ...options },
  );
  const answers = new BigUint64Array(results[0]?.buffer ?? new ArrayBuffer());
  return firsts.map((first) => ({
    par: (address, operation) => answers[(first + address) * operations.length + operations.indexOf(operation)] ?? 0n,
  }));
}

const align = (address: bigint): bigint => (address + 0xffffn) & ~0xffffn;
