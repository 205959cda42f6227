import type { Machine } from '@kexeckit/arm64-machine';
import type { ImitatedFeatures } from './configuration.ts';

const WORD_BYTES = 4;
/** CTR_EL0: where DminLine and IminLine stand, as log2 of words (Arm ARM D24, CTR_EL0). */
const [DMIN_LINE, IMIN_LINE] = [16n, 0n];
/** CTR_EL0.ERG, beside DminLine: the granule of exclusive accesses, which says nothing of lines. As small as it may be, plus one. */
const [ERG, GRANULE] = [20n, 3];
/** ID_AA64ISAR0_EL1: where SHA2 stands. */
const SHA2 = 12n;
const FIELD = 0xfn;

/** Makes a machine's CPU say of itself what a configuration imitates. */
export function imitate({ cpu: { system } }: Machine, { sha256, dataLine, instructionLine }: ImitatedFeatures): void {
  const put = (register: string, low: bigint, value: number): void =>
    system.set(register, (system.get(register) & ~(FIELD << low)) | (BigInt(value) << low));
  put('ctr_el0', DMIN_LINE, Math.log2(dataLine / WORD_BYTES));
  put('ctr_el0', ERG, GRANULE);
  put('ctr_el0', IMIN_LINE, Math.log2(instructionLine / WORD_BYTES));
  if (!sha256) put('id_aa64isar0_el1', SHA2, 0);
}
