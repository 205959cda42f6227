import {
  fitErrors,
  fittedMachines,
  type MachineProfile,
  type MeasurementName,
  measurements,
  type PublishedMeasurement,
} from '@kexeckit/cost';
import { phases } from '@kexeckit/reboot';
import { type Strategy, type StrategyName, strategies } from '@kexeckit/relocation';
import { secondsText } from '../../shared/format.ts';
import { type BarMark, barOf, type TimelineRow } from '../timeline/model.ts';

/** A published measurement of the machine that a profile is of, beside what the profile makes of it. */
export interface PublishedRow {
  readonly measurement: MeasurementName;
  readonly source: string;
  readonly megabytes: number;
  readonly mmu: 'off' | 'on';
  /** What was timed. */
  readonly of: 'relocation' | 'total';
  readonly seconds: number;
  /** By the prices of the profile; undefined for a whole reboot. */
  readonly predicted: number | undefined;
  /** Whether the profile was fitted to it. */
  readonly isFitted: boolean;
  /** On whose bar it stands. */
  readonly strategy: StrategyName;
}

/** Linux's own relocation with the MMU on is what a strategy leaves to the kernel; off, ours does the same. */
function strategyOf(mmu: 'off' | 'on'): StrategyName {
  const all: readonly (Strategy & { readonly name: StrategyName })[] = strategies;
  const fitting = all.filter((strategy) => strategy.mmu === mmu && strategy.region === undefined);
  return (fitting.find(({ delivers }) => delivers) ?? fitting[0] ?? strategies[0]).name;
}

/** What was published of the machine of this profile; nothing for a profile of another machine. */
export function publishedOf(profile: MachineProfile | undefined): readonly PublishedRow[] {
  const machine = fittedMachines.find((each) => each.profile === profile);
  if (machine === undefined) return [];
  const relocations = fitErrors(machine.profile, machine.published).map(
    ({ measurement, source, megabytes, mmu, seconds, predicted, fitted }): PublishedRow => ({
      ...{ measurement, source, megabytes, mmu, seconds, predicted },
      ...{ of: 'relocation', isFitted: fitted, strategy: strategyOf(mmu) },
    }),
  );
  const totals = Object.entries<PublishedMeasurement>(measurements).flatMap(([name, row]): PublishedRow[] => {
    const { source, megabytes, mmu, seconds } = row;
    if (row.machine !== machine.profile.machine || megabytes === undefined || mmu === undefined) return [];
    if (seconds.total === undefined || !isMeasurement(name)) return [];
    return [
      {
        ...{ measurement: name, source, megabytes, mmu, of: 'total', seconds: seconds.total, predicted: undefined },
        ...{ isFitted: false, strategy: strategyOf(mmu) },
      },
    ];
  });
  return [...relocations, ...totals];
}

const isMeasurement = (name: string): name is MeasurementName => Object.hasOwn(measurements, name);

/** What was measured, in words. */
const publishedText = ({ seconds, megabytes, mmu, of, source }: PublishedRow): string =>
  `${secondsText(seconds)} s measured, ${of}, ${megabytes} MiB, MMU ${mmu} (${source})`;

/** Where published measurements stand on the bar of a strategy that moves so many MiB: where the phase would end. */
export function marksOn(
  strategy: StrategyName,
  row: TimelineRow | undefined,
  published: readonly PublishedRow[],
  megabytes: number,
): readonly BarMark[] {
  const relocation = row && barOf(row, false).pieces.find(({ phase }) => phase === phases.relocation.name);
  return published
    .filter((each) => each.strategy === strategy)
    .map((each) => ({
      at: each.seconds + (each.of === 'relocation' ? (relocation?.from ?? 0) : 0),
      label: publishedText(each),
      isSame: each.megabytes === megabytes,
    }));
}
