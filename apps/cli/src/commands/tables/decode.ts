import {
  type DescriptorField,
  type ExplainedRegister,
  explainDescriptor,
  explainRegister,
  PageTableError,
  type Regime,
} from '@kexeckit/arm64-pgtable';
import { InvalidValue, UsageError } from '../../error.ts';
import { word64 } from '../../options/numbers.ts';
import type { Request } from '../command.ts';
import { spaceOf } from './space.ts';
import type { DecodeValues } from './values.ts';

/** A value, and its fields. */
export interface DecodedValue {
  readonly value: bigint;
  /** What it is: `descriptor of level 2`, `TCR_EL1`. */
  readonly what: string;
  readonly fields: readonly DescriptorField[];
}

/** Explains a value. @throws UsageError */
export async function decode({ args: [given = ''], options }: Request<DecodeValues>): Promise<DecodedValue> {
  const { as = 'descriptor', level = 3, regime = 'EL1' } = options;
  const value = valueOfText(given);
  if (as !== 'descriptor') {
    if (options.level !== undefined)
      throw new UsageError('EINVAL', `--level with --as ${as}`, 'leave it out: a register has no level');
    const register = registerOf(as, regime);
    return { value, what: register.toUpperCase(), fields: explainRegister(register, value) };
  }
  const space = await spaceOf(options);
  try {
    const fields = explainDescriptor(space, level, Number(value & 0xffff_ffffn), Number(value >> 32n));
    return { value, what: `descriptor of level ${level}`, fields };
  } catch (cause) {
    if (!(cause instanceof PageTableError)) throw cause;
    throw new UsageError('EINVAL', cause.message, cause.hint, { cause });
  }
}

/** Stage 2 has registers of its own, and so has EL2 without VHE. */
function registerOf(as: Exclude<DecodeValues['as'], 'descriptor' | undefined>, regime: Regime): ExplainedRegister {
  if (as === 'tcr')
    return ({ EL1: 'tcr_el1', 'EL2&0': 'tcr_el1', EL2: 'tcr_el2', stage2: 'vtcr_el2' } as const)[regime];
  return as === 'ttbr' && regime === 'stage2' ? 'vttbr' : as;
}

function valueOfText(given: string): bigint {
  try {
    return word64(given);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new UsageError('EINVAL', `${given === '' ? 'an empty text' : given} is no value`, error.hint, {
      cause: error,
    });
  }
}
