import { UsageError } from '../error.ts';
import { MACHINE } from '../options/headings.ts';
import { givenOr, longName, type OptionsFor } from '../options/option.ts';
import { oneOf, wholeNumber } from '../options/values.ts';

/** What every machine that is made here can be told. */
export interface PlatformValues {
  readonly cpus?: number;
  readonly el?: '1' | '2';
  readonly vhe?: boolean;
  readonly softRestart?: boolean;
}

/** The options of {@link PlatformValues}. */
export const platformOptions: OptionsFor<PlatformValues> = {
  cpus: { heading: MACHINE, summary: 'CPUs', value: '<count>', parse: wholeNumber(1, 512) },
  el: { heading: MACHINE, summary: 'exception level, 1 or 2', value: '<level>', parse: oneOf<'1' | '2'>(['1', '2']) },
  vhe: { heading: MACHINE, summary: 'EL2 with HCR_EL2.E2H set, as hosts of virtual machines run' },
  softRestart: { heading: MACHINE, summary: 'run at EL1, and enter the new kernel at EL2' },
};

/** The same in the words of the machines. */
export interface Platform {
  readonly cpus: number;
  readonly exceptionLevel: 1 | 2;
  readonly vhe: boolean;
  readonly softRestart: boolean;
}

/** @throws UsageError for levels that contradict each other. */
export async function platformOf(
  values: PlatformValues,
  defaults: { readonly cpus: string; readonly el: string },
): Promise<Platform> {
  const { vhe = false, softRestart = false } = values;
  checkLevel(values);
  const el = vhe ? '2' : softRestart ? '1' : await givenOr(platformOptions.el, values.el, defaults.el);
  const cpus = await givenOr(platformOptions.cpus, values.cpus, defaults.cpus);
  return { cpus, exceptionLevel: el === '2' ? 2 : 1, vhe, softRestart };
}

function checkLevel({ el, vhe, softRestart }: PlatformValues): void {
  if (vhe && el === '1') throw new UsageError('EINVAL', `${longName('vhe')} with --el 1`, 'VHE is a way to run at EL2');
  if (softRestart && (vhe || el === '2'))
    throw new UsageError(
      'EINVAL',
      `${longName('softRestart')} at EL2`,
      'it starts at EL1; at EL2 the new kernel is entered there anyway',
    );
}
