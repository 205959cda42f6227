import type { InputFiles, RebootPlan, RebootRequest } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation/strategies';
import { UsageError } from '../error.ts';
import type { ForceValues } from './force.ts';
import { NEXT_KERNEL, REBOOT } from './headings.ts';
import { givenOr, longName, type OptionsFor } from './option.ts';
import { strategyNames, withoutChecks, withRegion } from './strategy.ts';
import { oneOf, regionSize, text, wholeNumber } from './values.ts';

/** How the files are to be rebooted into. */
export interface RequestValues {
  readonly append?: string;
  readonly strategy?: StrategyName;
  readonly reserve?: string;
  readonly checks?: boolean;
  readonly breadcrumbs?: boolean;
  readonly seed?: number;
}

/** The options of {@link RequestValues}. */
export const requestOptions: OptionsFor<RequestValues> = {
  append: {
    heading: NEXT_KERNEL,
    summary: 'its command line; where none is given, that of the kernel file',
    value: '<string>',
    parse: text,
  },
  strategy: {
    heading: REBOOT,
    summary: `how the segments come to their destinations: ${strategyNames.join(', ')}, or auto, the default`,
    value: '<name>',
    parse: oneOf(strategyNames),
    asDefault: 'auto',
  },
  reserve: {
    heading: REBOOT,
    summary: `region of ${withRegion.join(' or ')}, as in kexeckernel=; on this very machine, for the kernels after the next`,
    value: '<size>',
    parse: regionSize,
  },
  checks: {
    heading: REBOOT,
    summary: `compare no digests before the jump (${withoutChecks.join(', ')}: never)`,
    negated: true,
  },
  breadcrumbs: { heading: REBOOT, summary: 'write a character to the console at each stage' },
  seed: {
    heading: REBOOT,
    summary: 'decides where source pages are scattered',
    value: '<number>',
    parse: wholeNumber(-0x7fff_ffff, 0x7fff_ffff),
  },
};

/** Defaults that are the same on every machine, as they are written on a command line. */
export const requestDefaults = { reserve: 'twice what the segments take', seed: '1' } as const;

/** Refuses what has no meaning for the strategy that was named. @throws UsageError */
export function checkRequest({ reserve, strategy, checks }: RequestValues): void {
  if (checks === false && strategy !== undefined && withoutChecks.includes(strategy))
    throw new UsageError(
      'EINVAL',
      `${longName('checks', requestOptions.checks)} with ${longName('strategy')} ${strategy}`,
      'leave it out: this strategy never compares digests',
    );
  if (reserve === undefined || (strategy !== undefined && withRegion.includes(strategy))) return;
  throw new UsageError(
    'EINVAL',
    `${longName('reserve')} stands without a strategy that has a region`,
    `add ${longName('strategy')} ${withRegion.join(' or ')}`,
  );
}

/** What is asked of the engine. @param cmdline the command line where none is given. */
export async function requestOf(
  values: RequestValues & ForceValues,
  files: InputFiles,
  strategy: StrategyName,
  cmdline: string,
): Promise<RebootRequest> {
  return {
    ...files,
    cmdline: await givenOr(requestOptions.append, values.append, cmdline),
    strategy,
    seed: await givenOr(requestOptions.seed, values.seed, requestDefaults.seed),
    // What is given by hand wins; of the files, the engine sees it.
    takes: values.append === undefined ? ['initrd', 'cmdline', 'dtb'] : ['initrd', 'dtb'],
    ...(values.force && { anyInitrd: true }),
    ...(values.reserve !== undefined && { reserve: values.reserve }),
    ...(values.checks === false && { verify: false }),
    ...(values.breadcrumbs && { breadcrumbs: true }),
  };
}

/** What was asked of the engine when it made a plan, to be asked again. */
export function requestOfPlan({ wishes }: RebootPlan, files: InputFiles): RebootRequest {
  const { reserve, ...decided } = wishes;
  return { ...files, ...decided, ...(reserve !== undefined && { reserve }) };
}
