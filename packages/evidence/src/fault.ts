/** A fault of the kernel itself, decoded from what it prints. */
export interface Fault {
  /** The address that could not be reached, as it is printed. */
  readonly address: string;
  /** What was done there. */
  readonly access: 'fetch' | 'read-or-write';
  /** Why it failed, by the fault status code; `other` for those that say nothing about tables. */
  readonly cause: 'not-mapped' | 'not-allowed' | 'other';
}

const ADDRESS = /at virtual address ([\da-f]{8,16})$/;
const SYNDROME = /^ESR = 0x([\da-f]{1,16})$/;

/** Exception classes of ESR_ELx: instruction and data aborts that were taken without a change of level. */
const INSTRUCTION_ABORT = 0x21;
const DATA_ABORT = 0x25;

/** What a fault was, or `undefined` where the log does not say enough. */
export function faultOf(told: readonly string[]): Fault | undefined {
  const address = firstMatch(told, ADDRESS);
  const syndrome = firstMatch(told, SYNDROME);
  if (address === undefined || syndrome === undefined) return undefined;
  const esr = BigInt(`0x${syndrome}`);
  const exceptionClass = Number((esr >> 26n) & 0x3fn);
  if (exceptionClass !== INSTRUCTION_ABORT && exceptionClass !== DATA_ABORT) return undefined;
  const access = exceptionClass === INSTRUCTION_ABORT ? 'fetch' : 'read-or-write';
  return { address, access, cause: causeOf(Number(esr & 0x3fn)) };
}

/** The fault status codes of tables come in fours, one for each level. */
function causeOf(status: number): Fault['cause'] {
  if (status >> 2 === 1) return 'not-mapped';
  return status >> 2 === 3 ? 'not-allowed' : 'other';
}

function firstMatch(texts: readonly string[], pattern: RegExp): string | undefined {
  for (const text of texts) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}
