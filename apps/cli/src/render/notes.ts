import {
  type FitFinding,
  fitErrors,
  type MachineProfile,
  missingPrices,
  priceNames,
  priceTable,
  publishedStingray,
  stingray,
} from '@kexeckit/cost';
import { phases, type Remark } from '@kexeckit/reboot';
import { strategyNamed } from '@kexeckit/relocation';
import type { ArrivedReboot } from '../commands/reboot-on.ts';
import { hex } from './format.ts';
import type { Page } from './page.ts';
import { inLine } from './printable.ts';
import { paragraph } from './table.ts';

/** Whether figures of a report come from the model, or would, and not from a clock. */
const isModelled = ({ ending }: ArrivedReboot): boolean =>
  ending.timeline.phases.some(({ basis }) => basis === 'modelled' || basis === 'unknown');

/** Whether its figures are those of the machine that the published ones are of. */
export const isStingray = ({ ending }: ArrivedReboot): boolean => ending.timeline.profile === stingray;

/** What the figures of the timelines rest on; in a few words, unless `all` is asked for. */
export function renderNotes(reports: readonly ArrivedReboot[], all: boolean, page: Page): string {
  const lines = [
    ...reports.filter((report) => !isModelled(report)).flatMap(measuredNotes),
    ...(reports.some(isModelled) ? (all ? modelNotes(reports) : modelInShort(reports)) : []),
    ...deliveredNotes(reports),
  ];
  return `${lines.map((line) => page.color.dim(noteLine(line, page))).join('\n')}\n`;
}

/** What begins with blanks belongs to the line before it. */
function noteLine(line: string, page: Page): string {
  const text = page.asCalled(line.trimStart());
  return paragraph(text, page, ' '.repeat(2 + line.length - line.trimStart().length));
}

/** Whose prices, and where there is more to read. */
function modelInShort(reports: readonly ArrivedReboot[]): string[] {
  const profile = reports.find(isModelled)?.ending.timeline.profile;
  if (profile === undefined) return unknownNotes();
  return [
    `Seconds, modelled with profile "${profile.name}" (${profile.machine}); what is in parentheses was not run.`,
    '--notes says what they rest on, and how far to trust them.',
    ...missingNotes(reports, profile),
  ];
}

/** All reports of one command are of one machine. */
function modelNotes(reports: readonly ArrivedReboot[]): string[] {
  const profile = reports.find(isModelled)?.ending.timeline.profile;
  const ran = 'Seconds. Every word of each routine was executed.';
  if (profile === undefined) return [ran, ...unknownNotes()];
  return [
    `${ran} Relocation is what the run did, priced with profile "${profile.name}" (${profile.machine}), ${profile === stingray ? 'fitted to the first and last published rows' : `measured: ${profile.measured}`}.`,
    ...(profile === stingray ? publishedNotes() : profileNotes(profile)),
    ...intervalNotes(reports, profile),
    ...missingNotes(reports, profile),
    "The checksum is SHA-256 of every segment, compared by the routine; in parentheses: not run, not in the total, what purgatory's would add with caches off.",
  ];
}

const unknownNotes = (): string[] => [
  'Unknown machine: no profile describes this machine, so nobody can say how long it takes.',
  'kexeckit timeline --fit says what to measure, and makes a profile of its logs for --profile.',
];

function publishedNotes(): string[] {
  const others = fitErrors(stingray, publishedStingray).filter(({ fitted }) => !fitted);
  const errors = others.map(({ source, megabytes, mmu, seconds, error }) => {
    const percent = `${error < 0 ? '-' : '+'}${Math.abs(error * 100).toFixed(0)} %`;
    return `  ${percent} on ${megabytes}M with the MMU ${mmu}, ${seconds.toFixed(3)} s (${source})`;
  });
  return [
    'On published figures that it was not fitted to it is off by',
    ...errors,
    'since these figures contradict each other:',
    ...findingNotes(stingray.findings.filter(({ code }) => code === 'contradictory')),
    'Shutdown and startup are the published ones.',
  ];
}

const profileNotes = ({ findings, prices }: MachineProfile): string[] => [
  ...findingNotes(findings),
  ...priceNames.flatMap((price) => {
    const { basis, seconds } = prices[price] ?? {};
    return basis === 'assumed' ? [`  assumed: ${priceTable[price].of} takes ${seconds} s`] : [];
  }),
];

const findingNotes = (findings: readonly FitFinding[]): string[] =>
  findings.map(({ code, message }) => `  ${code}: ${inLine(message)}`);

/** Between what each phase lies. */
function intervalNotes(reports: readonly ArrivedReboot[], { confidence }: MachineProfile): string[] {
  const lines = reports.flatMap(({ ending: { timeline } }) => {
    const parts = timeline.phases.flatMap((time) =>
      time.seconds === undefined || time.low === undefined || time.high === undefined
        ? []
        : [`${phases[time.phase].name} ${time.low.toFixed(3)} to ${time.high.toFixed(3)}`],
    );
    return parts.length === 0 ? [] : [`  ${timeline.label}: ${parts.join(', ')}`];
  });
  return lines.length === 0 ? [] : [`${Math.round(confidence * 1000) / 10} of 100 runs take`, ...lines];
}

/** What a profile does not say. */
function missingNotes(reports: readonly ArrivedReboot[], { prices }: MachineProfile): string[] {
  const lacks = reports.some(({ ending }) =>
    ending.timeline.phases.some(({ remark }) => remark === 'not in the profile'),
  );
  if (!lacks) return [];
  const names = missingPrices(prices).map(({ of }) => of);
  return [`The profile does not say what it takes for ${names.join(', ')}: what needs that is not known (?).`];
}

/** Whose segments the running kernel moves: that was not run here. */
function deliveredNotes(reports: readonly ArrivedReboot[]): string[] {
  const names = reports.map(({ plan }) => plan.stage.strategy).filter((name) => strategyNamed(name).delivers);
  if (names.length === 0) return [];
  return reports.some(isModelled)
    ? [`Of ${names.join(', ')} the running kernel's copy comes first: priced by the counts of Linux's own routine.`]
    : [`Of ${names.join(', ')} the running kernel's copy is not in it: no old kernel ran.`];
}

/** What remarks say to people. */
const remarkWords: Readonly<Record<Remark, string>> = {
  emulated: "seconds of this host's clock, under software emulation",
  'no old kernel': 'no old kernel ran',
  'within relocation': 'compared by the routine while it relocates',
  'not asked for': 'not asked for',
  'stopped at the jump': 'not run',
  'purgatory, caches off': "not run; what purgatory's would add with caches off",
  'unknown machine': 'no profile describes this machine',
  'not in the profile': "the machine's profile does not say",
};

function measuredNotes({ ending }: ArrivedReboot): string[] {
  const { nextKernel, jump, timeline } = ending;
  const remarks = timeline.phases.flatMap(({ phase, remark }) =>
    remark === undefined ? [] : [`${phases[phase].name}: ${remarkWords[remark]}`],
  );
  if (nextKernel === undefined) return [`stopped at: the jump, ${hex(jump)}`, ...remarks];
  return [
    `new kernel: ${nextKernel.version ?? 'did not print its version'}`,
    `reached: ${nextKernel.reached}`,
    ...remarks,
  ];
}
