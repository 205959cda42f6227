import { allFeatures, type Feature, LINE_SIZE, type LineSize, lineSizes } from '@kexeckit/arm64-machine';
import { ARM64_CMDLINE_MAX } from '@kexeckit/cmdline';
import { type ExceptionLevel, type StrategyName, strategies } from '@kexeckit/relocation';
import { pickKeys } from '../shared/keys.ts';
import { firstChoice } from './strategy.ts';

/** What a person wants of a reboot: everything that `kexeckit reboot` takes for the simulated machine. */
export interface Wishes {
  readonly strategy: StrategyName;
  readonly exceptionLevel: ExceptionLevel;
  /** EL2 with HCR_EL2.E2H set, as hosts of virtual machines run. */
  readonly vhe: boolean;
  /** From EL1, the next kernel is entered at EL2. */
  readonly softRestart: boolean;
  readonly seed: number;
  readonly cpus: number;
  /** What the CPUs lack of all that the strict machine models. */
  readonly lacks: readonly Feature[];
  /** Bytes of a line of their caches. */
  readonly cacheLine: LineSize;
  /** MiB of the generated kernel and initramfs, where there are no files. */
  readonly kernelMib: number;
  readonly initrdMib: number;
  /** The next kernel's command line. */
  readonly cmdline: string;
  /** The region, in the words of `kexeckernel=`; empty for what the plan chooses. */
  readonly reserve: string;
  /** Whether digests are compared before the jump. */
  readonly verify: boolean;
  readonly breadcrumbs: boolean;
}

/** The name of a wish. */
export type WishName = keyof Wishes;

/** Wishes as they are typed or ticked. */
export type WishTexts = Readonly<Record<WishName, string>>;

/** What is wrong with what was typed, by its field. */
export type Complaints = Readonly<Partial<Record<WishName, string>>>;

/** How a wish is shown: what it is called, what it means, and what can be chosen where it is a choice. */
export interface WishField {
  readonly label: string;
  readonly help: string;
  readonly look: 'choice' | 'flag' | 'number' | 'text';
  readonly choices?: readonly string[];
}

const levels: readonly ExceptionLevel[] = [1, 2];

/** All wishes, in the order of the form. */
export const wishFields: Readonly<Record<WishName, WishField>> = {
  strategy: {
    label: 'Strategy',
    help: 'how the segments come to their destinations',
    look: 'choice',
    choices: strategies.map(({ name }) => name),
  },
  exceptionLevel: {
    label: 'Exception level',
    help: 'where the running kernel runs: EL1, or EL2 as Linux does from firmware that starts it there',
    look: 'choice',
    choices: levels.map(String),
  },
  vhe: { label: 'VHE', help: 'EL2 with HCR_EL2.E2H set, as hosts of virtual machines run', look: 'flag' },
  softRestart: { label: 'Soft restart', help: 'from EL1, the next kernel is entered at EL2', look: 'flag' },
  seed: { label: 'Seed', help: 'decides where the source pages are scattered', look: 'number' },
  cpus: { label: 'CPUs', help: 'how many the machine has', look: 'number' },
  lacks: {
    label: 'CPUs lack',
    help: `features that they do not have, of ${allFeatures.join(', ')}: sha256, atomics`,
    look: 'text',
  },
  cacheLine: {
    label: 'Cache line, bytes',
    help: 'of their data and instruction caches',
    look: 'choice',
    choices: lineSizes.map(String),
  },
  kernelMib: { label: 'Kernel, MiB', help: 'size of the generated kernel, where there is no file', look: 'number' },
  initrdMib: {
    label: 'Initramfs, MiB',
    help: 'size of the generated initramfs, where there is no file',
    look: 'number',
  },
  cmdline: { label: 'Command line', help: 'of the next kernel', look: 'text' },
  reserve: {
    label: 'Region',
    help: 'what is loaded into where a strategy has a region, as in kexeckernel=: 128M; empty for twice what the segments take',
    look: 'text',
  },
  verify: { label: 'Compare digests', help: 'SHA-256 of every segment before the jump', look: 'flag' },
  breadcrumbs: { label: 'Breadcrumbs', help: 'a character on the console at each stage', look: 'flag' },
};

/** The names of all wishes, in the order of the form. */
export const wishNames: readonly WishName[] = pickKeys(wishFields);

const flags = wishNames.filter((name) => wishFields[name].look === 'flag');

/** What the lab opens with: the workload and the machine of 2019. */
export const defaultWishes: WishTexts = {
  strategy: firstChoice,
  exceptionLevel: '2',
  vhe: '',
  softRestart: '',
  seed: '1',
  cpus: '8',
  lacks: '',
  cacheLine: String(LINE_SIZE),
  kernelMib: '13',
  initrdMib: '24',
  cmdline: 'console=ttyS0',
  reserve: '',
  verify: 'yes',
  breadcrumbs: '',
};

/** The largest file that is generated, in MiB: a browser's tab holds several copies of it. */
const MOST_MIB = 512;

/** Reads what was typed: the wishes, or what is wrong with them. */
export function readWishes(texts: WishTexts): { readonly wishes?: Wishes; readonly complaints: Complaints } {
  const complaints: Partial<Record<WishName, string>> = {};
  const number = (name: WishName, least: number, most: number): number => {
    const text = texts[name].trim();
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) complaints[name] = `a whole number from ${least} to ${most}`;
    return value;
  };
  const strategy = strategies.find(({ name }) => name === texts.strategy)?.name;
  if (strategy === undefined) complaints.strategy = `one of ${strategies.map(({ name }) => name).join(', ')}`;
  // A link can say anything; what is ticked says `yes`, what is not says nothing.
  for (const name of flags) if (!['', 'yes'].includes(texts[name])) complaints[name] = 'yes or nothing';
  const exceptionLevel = levels.find((level) => String(level) === texts.exceptionLevel);
  if (exceptionLevel === undefined) complaints.exceptionLevel = `one of ${levels.join(', ')}`;
  if (exceptionLevel === 1 && texts.vhe !== '') complaints.vhe = 'VHE is a property of EL2';
  if (exceptionLevel === 2 && texts.softRestart !== '') complaints.softRestart = 'a soft restart starts at EL1';
  const lacks = featuresIn(texts.lacks);
  if (lacks === undefined) complaints.lacks = `some of ${allFeatures.join(', ')}, with commas between them`;
  if (texts.vhe !== '' && lacks?.includes('vhe')) complaints.lacks = 'VHE is asked for above';
  const cacheLine = lineSizes.find((size) => String(size) === texts.cacheLine);
  if (cacheLine === undefined) complaints.cacheLine = `one of ${lineSizes.join(', ')}`;
  const bytes = new TextEncoder().encode(texts.cmdline).length;
  if (bytes > ARM64_CMDLINE_MAX) complaints.cmdline = `${bytes} bytes; a kernel keeps ${ARM64_CMDLINE_MAX}`;
  if (texts.cmdline.includes('\0')) complaints.cmdline = 'a NUL ends a command line';
  const wishes: Wishes = {
    strategy: strategy ?? firstChoice,
    exceptionLevel: exceptionLevel ?? 2,
    vhe: texts.vhe !== '',
    softRestart: texts.softRestart !== '',
    seed: number('seed', -(2 ** 31), 2 ** 31 - 1),
    cpus: number('cpus', 1, 4096),
    lacks: lacks ?? [],
    cacheLine: cacheLine ?? LINE_SIZE,
    kernelMib: number('kernelMib', 1, MOST_MIB),
    initrdMib: number('initrdMib', 1, MOST_MIB),
    cmdline: texts.cmdline,
    reserve: texts.reserve.trim(),
    verify: texts.verify !== '',
    breadcrumbs: texts.breadcrumbs !== '',
  };
  return Object.keys(complaints).length === 0 ? { wishes, complaints } : { complaints };
}

/** Names of features with commas between them; undefined where one is none. */
function featuresIn(text: string): readonly Feature[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  const found = allFeatures.filter((feature) => names.includes(feature));
  return names.every((name) => name === '' || allFeatures.some((feature) => feature === name)) ? found : undefined;
}
