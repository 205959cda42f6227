import { type MachineProfile, priceNames, priceTable, stingray } from '@kexeckit/cost';
import type { Timeline } from '@kexeckit/reboot';
import { type RowProfile, rowOf, type TimelineRow } from './model.ts';

/** Turns a timeline into a row, with what has to be known of its prices. */
export const timelineRow = (timeline: Timeline): TimelineRow => rowOf(timeline, rowProfile(timeline));

/** What of a profile was not measured. */
const assumedOf = ({ prices }: MachineProfile): string[] =>
  priceNames
    .filter((name) => prices[name]?.basis === 'assumed')
    .map((name) => `assumed: ${priceTable[name].of} takes ${prices[name]?.seconds} s`);

function rowProfile({ profile }: Timeline): RowProfile | undefined {
  if (profile === undefined) return undefined;
  const { name, machine, measured, findings } = profile;
  return {
    name,
    machine,
    measured,
    isPublished: profile === stingray,
    findings: [...findings.map(({ message }) => message), ...assumedOf(profile)],
  };
}
