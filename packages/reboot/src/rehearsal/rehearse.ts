import { Machine } from '@kexeckit/arm64-machine';
import { systemRam } from '@kexeckit/ioport';
import {
  checkLoadable,
  copiesOf,
  breadcrumbs as marks,
  PAGE_SIZE,
  type PlannedSegment,
  pfnOf,
  type StagePlan,
} from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { checkCaches, checkHandOver, wrongContents } from '../machine/arrival.ts';
import { type EntryState, entryState } from '../machine/entry-state.ts';
import type { LoadedReboot } from '../machine/machine.ts';
import { phases } from '../phases.ts';
import { checkReality } from '../reality/check.ts';
import type { Reality } from '../reality/reality.ts';
import { breathe } from '../road/breathe.ts';
import { prepareMachine } from '../strict/old-kernel.ts';
import { figuresOf } from '../strict/report.ts';
import { probeOf, reasonOf, runToJump } from '../strict/run.ts';
import type { Watch } from '../watch.ts';
import { instructionBound } from './bound.ts';
import {
  asDescribed,
  imitated,
  type RehearsalConfiguration,
  rehearsalConfigurations,
  wrongBits,
} from './configuration.ts';
import { checkControlOff, checkControlOn, stepToTables } from './control.ts';
import { modelOf } from './cpu.ts';
import { GARBAGE, makeHostile } from './hostile.ts';
import { checkRepertoire } from './repertoire.ts';
import type { RehearsalReport, RehearsalRun } from './report.ts';
import { checkNothingElseTouched, checkUntouched } from './untouched.ts';
import { sameWords, wordsOf } from './words.ts';
import { checkStopped, digested, plantWrongBit } from './wrong-bit.ts';

/** What is rehearsed, and how it is watched. */
export interface RehearsalOptions extends Watch {
  /** Every configuration of {@link rehearsalConfigurations}, not the CPUs as described only. No by default. */
  readonly thorough?: boolean;
}

const phase = phases.rehearse;

/**
 * Runs what was loaded on the strict machine, in a copy, before anything depends on it: the words are judged by what they
 * do. The machine is built from reality, never from the plan: memory, level, console, features. It is left as hostile as
 * an old kernel may leave it.
 *
 * Everything is judged that `checkArrival` judges, and that nothing was written but destinations and workspace, that
 * interrupts were masked by the first instruction, and that the console shows every stage.
 *
 * @throws RebootError in phase `rehearse`: what is wrong stands in its `complaint`; RelocationError for a stage that cannot be loaded;
 *   the signal's reason.
 */
export async function rehearse(
  loaded: LoadedReboot,
  reality: Reality,
  { thorough = false, ...watch }: RehearsalOptions = {},
): Promise<RehearsalReport> {
  checkReality(reality);
  checkLoadable(loaded.plan.stage);
  const runs: RehearsalRun[] = [];
  for (const configuration of configurationsFor(loaded.plan.stage, thorough)) {
    await breathe(watch.signal);
    runs.push(await rehearseOn(configuration, loaded, reality, watch));
  }
  return { runs, seconds: runs.reduce((sum, { seconds }) => sum + seconds, 0) };
}

/** Everything that is rehearsed of a stage. */
export function configurationsFor(stage: StagePlan, thorough: boolean): readonly RehearsalConfiguration[] {
  if (!thorough) return [asDescribed];
  const verified = stage.halt === undefined ? [] : wrongBits(digested(stage).length);
  return [...rehearsalConfigurations, ...verified];
}

/**
 * One run of a rehearsal.
 *
 * @throws as {@link rehearse}.
 */
export async function rehearseOn(
  configuration: RehearsalConfiguration,
  loaded: LoadedReboot,
  reality: Reality,
  watch: Watch = {},
): Promise<RehearsalRun> {
  const begun = performance.now();
  const { stage } = loaded.plan;
  const features = imitated(configuration, reality);
  const machine = machineOf(configuration, loaded, reality);
  const before = machine.memory.touchedFrames;
  begin(machine, stage);
  const expected = configuration.wrongBit === undefined ? stage.jump : stage.halt;
  await runToJump(machine, stage, watch, {
    phase,
    limit: instructionBound(stage, features),
    // An adversary acts between any two instructions.
    knownBlock: configuration.adversary === undefined && features.sha256,
    notes: loaded.notes,
    ...(expected !== undefined && { expected }),
  });
  const figures = figuresOf(machine, stage);
  checkRepertoire(machine.cpu.executed, {
    softRestart: reality.softRestart,
    halts: configuration.wrongBit !== undefined,
  });
  if (configuration.adversary === undefined) checkNothingElseTouched(machine, before);
  if (!features.sha256) checkNoSimd(machine);
  if (configuration.wrongBit === undefined) await judge(machine, loaded, reality);
  else checkStopped(machine, stage, configuration.wrongBit);
  return { configuration: configuration.name, seconds: (performance.now() - begun) / 1000, figures };
}

/** Somebody types, and the other side is not ready: nothing that a few characters need to wait for. */
const BUSY = { RXFE: false, CTS: true, DSR: true, DCD: true, RI: true } as const;

/** A strict machine like the real one, right before the old kernel's last jump. */
function machineOf(configuration: RehearsalConfiguration, loaded: LoadedReboot, reality: Reality): Machine {
  const { stage } = loaded.plan;
  const entry = entryOf(stage, reality);
  const { adversary: seed } = configuration;
  const machine = new Machine({
    ram: systemRam(reality.memory),
    exceptionLevel: entry.startLevel,
    ...(reality.console && { console: reality.console.address }),
    ...(configuration.busyConsole && { consoleFlags: BUSY }),
    ...(seed !== undefined && { seed }),
    cpu: modelOf(imitated(configuration, reality)),
    // Behind the first instruction, which must mask them, and for good: nobody serves them.
    interrupts: { serror: 1, irq: 1, fiq: 1 },
  });
  prepareMachine(machine, loaded, entry);
  makeHostile(machine, loaded, configuration);
  if (configuration.wrongBit !== undefined) plantWrongBit(machine, loaded, configuration.wrongBit);
  return machine;
}

/** How reality enters what the plan calls the start: at its own level, whatever the plan was made for. */
function entryOf({ start, vectors }: StagePlan, { exceptionLevel, vhe, softRestart }: Reality): EntryState {
  return entryState({ start, vectors: softRestart ? vectors : undefined, exceptionLevel, vhe });
}

/** The first instructions, up to where the tables are on; an interrupt is pending, and the first must mask it. */
function begin(machine: Machine, { translation }: StagePlan): void {
  try {
    machine.step();
    if (machine.cpu.daif !== 0xf) throw unmasked();
    if (translation !== undefined) stepToTables(machine);
  } catch (error) {
    throw reasonOf(error, phase);
  }
  if (machine.cpu.system.effective.mmu) checkControlOn(machine);
}

const unmasked = (): RebootError =>
  new RebootError(
    'EFAULT',
    'the first instruction does not mask interrupts: one that is pending is taken, without vectors',
    'begin with MSR DAIFSet, #15',
    { phase, complaint: 'interrupt' },
  );

async function judge(machine: Machine, loaded: LoadedReboot, { softRestart, exceptionLevel }: Reality): Promise<void> {
  const { stage } = loaded.plan;
  const probe = probeOf(machine, stage, phase);
  for (const segment of stage.placement.segments) {
    checkCaches(probe, segment, phase);
    checkContents(machine, segment, loaded);
  }
  checkUntouched(machine, loaded);
  checkConsole(machine, stage);
  checkControlOff(machine, stage, exceptionLevel);
  await checkHandOver(probe, stage, { phase, exceptionLevel: softRestart ? 2 : exceptionLevel });
}

/** A routine that finds no SHA-256 instructions has no use for SIMD registers: they are as they were. */
function checkNoSimd({ cpu: { vectors } }: Machine): void {
  if (vectors.words.every((word) => word === GARBAGE)) return;
  throw new RebootError(
    'EFAULT',
    'SHA-256 instructions are executed on a CPU that has none',
    'ask ID_AA64ISAR0_EL1.SHA2 first',
    { phase, complaint: 'fault' },
  );
}

/** Compares a destination where it stands: what is only compared needs neither a copy nor a digest. */
function checkContents({ memory }: Machine, segment: PlannedSegment, { contents }: LoadedReboot): void {
  const content = contents.get(segment.name) ?? new Uint8Array();
  const pages = Number(segment.memsz) / PAGE_SIZE;
  for (let page = 0; page < pages; page++) {
    const expected = wholePage(content.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE));
    const frame = memory.frame(pfnOf(segment.mem) + page);
    if (frame !== undefined && sameWords(frame.memory, expected, 0, expected.length)) continue;
    const bytes = frame?.bytes();
    const wrong = new Uint8Array(expected.buffer, expected.byteOffset, PAGE_SIZE).findIndex(
      (byte, at) => bytes?.[at] !== byte,
    );
    throw wrongContents(segment, page * PAGE_SIZE + wrong, phase);
  }
}

/** A page's words; what is shorter is followed by zeros. */
function wholePage(bytes: Uint8Array): Uint32Array {
  if (bytes.length === PAGE_SIZE) return wordsOf(bytes);
  const whole = new Uint8Array(PAGE_SIZE);
  whole.set(bytes);
  return wordsOf(whole);
}

/** The console must have got what the plan says of each stage, and nothing else. */
function checkConsole(machine: Machine, stage: StagePlan): void {
  const [misuse] = machine.console?.misuse ?? [];
  if (misuse !== undefined)
    throw new RebootError(
      'EFAULT',
      `the routine does more to the console than write characters: ${misuse}`,
      'nothing was changed on the machine; report it: other consoles take that in another way',
      { phase, complaint: 'console' },
    );
  const text = machine.console?.text ?? '';
  const expected = marksOf(stage);
  if (text === expected) return;
  throw new RebootError(
    'EFAULT',
    `the console shows "${text}" at the jump, not "${expected}"`,
    'compare the breadcrumbs with the stages of the relocation',
    { phase, complaint: 'console', console: [text] },
  );
}

/** The breadcrumbs of a stage that goes well. */
function marksOf(stage: StagePlan): string {
  const { breadcrumbs, translation, halt } = stage;
  if (breadcrumbs === undefined) return '';
  const pages = [...copiesOf(stage)].reduce((sum, run) => sum + run.pages, 0);
  const under = translation !== undefined;
  return [
    marks.entered,
    under ? marks.tablesOn : '',
    marks.progress.repeat(Math.floor(pages / breadcrumbs.everyPages)),
    halt === undefined ? '' : marks.verified,
    under ? marks.tablesOff : '',
    marks.jumping,
  ].join('');
}
