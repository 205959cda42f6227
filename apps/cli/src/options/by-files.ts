import type { StrategyName } from '@kexeckit/relocation/strategies';
import { UsageError } from '../error.ts';
import { REBOOT } from './headings.ts';
import { longName, type Option, type OptionsFor } from './option.ts';
import { delivered } from './strategy.ts';

/** How the running kernel loads files by itself. */
export interface ByFilesValues {
  readonly kexecFile?: boolean;
  readonly cma?: boolean;
  readonly kexecDebug?: boolean;
}

/** The options of {@link ByFilesValues}. */
export const byFilesOptions: OptionsFor<ByFilesValues> = {
  kexecFile: {
    heading: REBOOT,
    summary: `strategy ${delivered.join(', ')}: the running kernel plans by itself (kexec_file_load), as where nothing else is allowed`,
  },
  cma: { heading: REBOOT, summary: 'with it: leave the contiguous memory area alone (Linux 6.17)', negated: true },
  kexecDebug: { heading: REBOOT, summary: "with it: say in the kernel's log what is loaded where (Linux 6.7)" },
};

/** Refuses what has no meaning without a load by files. @throws UsageError */
export function checkNotByFiles({ cma, kexecDebug }: ByFilesValues): void {
  const given = cma === false ? longName('cma', byFilesOptions.cma) : kexecDebug ? longName('kexecDebug') : undefined;
  if (given === undefined) return;
  throw new UsageError('EINVAL', `${given} stands without ${longName('kexecFile')}`, 'give both, or leave it out');
}

/** Refuses what only a plan of ours can do: a load by files has none. @throws UsageError */
export function checkByFiles(
  values: Readonly<Record<string, unknown>>,
  strategy: StrategyName | undefined,
  planned: Readonly<Record<string, Option>>,
): void {
  if (strategy === undefined || !delivered.includes(strategy))
    throw new UsageError(
      'EINVAL',
      `${longName('kexecFile')} stands without ${longName('strategy')} ${delivered.join(' or ')}`,
      'the running kernel loads no other way by itself',
    );
  for (const [name, option] of Object.entries(planned)) {
    const value = values[name];
    if (value === undefined || ('negated' in option && value === true)) continue;
    throw new UsageError(
      'EINVAL',
      `${longName(name, option)} has no meaning where the running kernel plans by itself`,
      'leave it out: there is no plan of ours, no proof and no purgatory',
    );
  }
}
