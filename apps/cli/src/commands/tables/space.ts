import type { Granule, PaBits, Regime, Space } from '@kexeckit/arm64-pgtable';
import { UsageError } from '../../error.ts';
import { word64 } from '../../options/numbers.ts';
import type { OptionsFor } from '../../options/option.ts';
import { oneOf, wholeNumber } from '../../options/values.ts';
import type { SpaceValues } from './values.ts';

/** Where the options of an address space stand in the help. */
export const SPACE = 'The address space:';

const REGIMES: readonly Regime[] = ['EL1', 'EL2', 'EL2&0', 'stage2'];
const GRANULES: readonly Granule[] = ['4K', '16K', '64K'];
const PA_BITS: readonly PaBits[] = [32, 36, 40, 42, 44, 48, 52];

function paBits(given: string): PaBits {
  const name = oneOf(PA_BITS.map(String))(given);
  return PA_BITS.find((bits) => String(bits) === name) ?? 48;
}

/** The options of {@link SpaceValues}. */
export const spaceOptions: OptionsFor<SpaceValues> = {
  regime: {
    heading: SPACE,
    summary: `whose tables they are: ${REGIMES.join(', ')}`,
    value: '<name>',
    parse: oneOf(REGIMES),
  },
  granule: { heading: SPACE, summary: 'size of a page: 4K, 16K or 64K', value: '<size>', parse: oneOf(GRANULES) },
  vaBits: { heading: SPACE, summary: 'bits of input address', value: '<bits>', parse: wholeNumber(16, 52) },
  paBits: { heading: SPACE, summary: 'bits of output address', value: '<bits>', parse: paBits },
  half: {
    heading: SPACE,
    summary: 'upper is what TTBR1 translates',
    value: '<half>',
    parse: oneOf<'lower' | 'upper'>(['lower', 'upper']),
  },
  tcr: {
    heading: SPACE,
    summary: 'TCR, or VTCR of stage 2, in the place of all these',
    value: '<value>',
    parse: word64,
  },
  mair: { heading: SPACE, summary: 'MAIR: which memory types there are', value: '<value>', parse: word64 },
};

/** Defaults of these options, in words. */
export const SPACE_DEFAULTS: Readonly<Record<string, string>> = {
  regime: 'EL1',
  granule: '4K',
  vaBits: '48',
  paBits: '48',
  half: 'lower',
  mair: 'one with a type at each index, 0 being Normal write-back',
};

const BY_TCR = { granule: '--granule', vaBits: '--va-bits', paBits: '--pa-bits' } as const;

/**
 * The address space that was asked for.
 *
 * @param missing what stands for sizes that are not given.
 * @throws UsageError for options that contradict each other, and a TCR that has no such half
 */
export async function spaceOf(
  values: SpaceValues,
  missing: Partial<Pick<Space, 'vaBits' | 'paBits'>> = {},
): Promise<Space> {
  const { regime = 'EL1', granule = '4K', half, tcr, mair } = values;
  if (half === 'upper' && (regime === 'EL2' || regime === 'stage2'))
    throw new UsageError('EINVAL', `--half upper with --regime ${regime}`, 'it has one half');
  if (tcr !== undefined) return await spaceByTcr(values, tcr);
  const vaBits = values.vaBits ?? missing.vaBits ?? 48;
  const paBits = values.paBits ?? missing.paBits;
  return {
    regime,
    granule,
    vaBits,
    ...(paBits && { paBits }),
    ...(half && { half }),
    ...(mair !== undefined && { mair }),
  };
}

async function spaceByTcr(values: SpaceValues, tcr: bigint): Promise<Space> {
  const { regime = 'EL1', half = 'lower', mair } = values;
  for (const [name, option] of Object.entries(BY_TCR))
    if (Reflect.get(values, name) !== undefined)
      throw new UsageError('EINVAL', `${option} with --tcr`, 'leave it out: the register says it');
  const { spaceOfTcr, spaceOfVtcr } = await import('@kexeckit/arm64-pgtable');
  const space = regime === 'stage2' ? spaceOfVtcr(tcr) : spaceOfTcr(tcr, regime, half, mair);
  if (space !== undefined) return space;
  const what = `--tcr 0x${tcr.toString(16)} has no tables of the ${half} half`;
  throw new UsageError(
    'EINVAL',
    what,
    'that half is closed, or a size in it is reserved: kexeckit tables decode --as tcr explains it',
  );
}
