import { Machine, MachineFault } from '@kexeckit/arm64-machine';
import { type BareMetalProgram, runBareMetal } from '../../src/index.ts';
import { AT, type Case, type Driver, driverOf } from './driver.ts';
import { MEMORY, RECORD, RECORDS } from './layout.ts';

const RAM = { start: 0x4000_0000n, end: 0x4000_0000n + MEMORY - 1n };

/** How a case ended on one machine. */
export interface Outcome {
  /** x0 to x30, SP. */
  readonly registers: readonly bigint[];
  readonly esr: bigint;
  readonly far: bigint;
  readonly elr: bigint;
  readonly spsr: bigint;
  /** Sums of the windows and of the SIMD registers. */
  readonly memory: bigint;
  readonly simd: bigint;
  /** The rule that the strict machine stopped at instead. */
  readonly rule: string | undefined;
}

/** Outcomes of the cases of one run, ours and QEMU's. */
export interface Outcomes {
  readonly ours: readonly Outcome[];
  readonly theirs: readonly Outcome[];
}

/** Runs all cases on both machines. QEMU's CPU has all that QEMU knows, but for what it cannot share with ours. */
export async function runCases(cases: readonly Case[], alignment: boolean, start: BigUint64Array): Promise<Outcomes> {
  const driver = driverOf(cases, alignment, start);
  const { records, rules } = runHere(driver, cases.length);
  const { results } = await runBareMetal(driver.program, {
    exceptionLevel: 1,
    memory: MEMORY,
    cpu: 'max,sve=off,sme=off,pauth=off',
    timeoutMs: 60_000,
  });
  return { ours: outcomesOf(records, rules), theirs: outcomesOf(results[0] ?? new Uint8Array(), new Map()) };
}

function outcomesOf(bytes: Uint8Array, rules: ReadonlyMap<number, string>): Outcome[] {
  const words = new BigUint64Array(bytes.slice().buffer);
  const per = RECORD / 8;
  return Array.from({ length: words.length / per }, (_, at) => {
    const word = (offset: number): bigint => words[at * per + offset / 8] ?? 0n;
    return {
      registers: Array.from({ length: 32 }, (__, register) => word(8 * register)),
      esr: word(AT.esr),
      far: word(AT.far),
      elr: word(AT.elr),
      spsr: word(AT.spsr),
      memory: word(AT.memory),
      simd: word(AT.simd),
      rule: rules.get(at),
    };
  });
}

/** A broken rule ends a run of the strict machine; it goes on with the sums of that case. */
function runHere(
  { program, summed, end }: Driver,
  cases: number,
): { readonly records: Uint8Array; readonly rules: ReadonlyMap<number, string> } {
  const machine = new Machine({ ram: [RAM] });
  loadInto(machine, program);
  machine.cpu.pc = program.address;
  machine.cpu.breakAt(end);
  const rules = new Map<number, string>();
  for (;;) {
    try {
      const { reason } = machine.run(cases * 5000);
      if (reason !== 'breakpoint') throw new Error(`the cases came to ${reason}`);
      break;
    } catch (error) {
      if (!(error instanceof MachineFault) || error.code !== 'EPROTO') throw error;
      const record = machine.cpu.system.get('tpidr_el1');
      rules.set(Number(record - RECORDS) / RECORD, error.kind);
      machine.cpu.registers.set(0, record);
      machine.cpu.pc = summed;
    }
  }
  return { records: readFrom(machine, RECORDS, cases * RECORD), rules };
}

function loadInto(machine: Machine, { words, address, memory = [] }: BareMetalProgram): void {
  for (let frame = 0x40000; frame < 0x40000 + Number(MEMORY >> 12n); frame++)
    machine.memory.frame(frame)?.memory.fill(0);
  machine.load(address, words);
  for (const piece of memory) machine.load(piece.address, piece.bytes);
}

function readFrom({ memory }: Machine, address: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const words = new Uint32Array(bytes.buffer);
  let pfn = Number(address >> 12n);
  for (let at = 0; at < words.length; at += 1024) {
    const frame = memory.frame(pfn);
    for (let word = 0; word < 1024 && at + word < words.length; word++)
      words[at + word] = frame?.coherentWord(word) ?? 0;
    pfn += 1;
  }
  return bytes;
}
