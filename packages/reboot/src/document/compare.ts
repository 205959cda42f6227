import { RebootError } from '../error.ts';
import { type Phase, phases } from '../phases.ts';
import type { InputDigests } from '../plan/inputs.ts';
import type { RebootPlan } from '../plan/plan.ts';
import { digestReality } from '../reality/digest.ts';
import type { Reality } from '../reality/reality.ts';
import { diffJson, type PlanChange } from './diff.ts';
import { planToJson } from './document.ts';

/** In what two plans differ; empty where they are the same. */
export function diffPlans(before: RebootPlan, after: RebootPlan): PlanChange[] {
  return diffJson(planToJson(before), planToJson(after));
}

/** The things that a plan was made from, as people call them. */
const names: Readonly<Record<string, string>> = {
  kernel: 'the kernel file',
  initrd: 'the initrd file',
  dtb: 'the device tree file',
  name: 'the machine',
  memory: 'the memory map',
  deviceTree: 'the device tree',
  features: "the CPUs' features",
  cpus: 'the number of CPUs',
  exceptionLevel: 'the exception level',
  vhe: 'VHE',
  softRestart: 'the soft restart',
  console: 'the console',
  registered: 'the registered image',
  canReserve: 'what can be reserved',
};

/**
 * Refuses a saved plan whose files are not those that it was made from.
 *
 * @throws RebootError `ESTALE` in phase `inputs`, naming what has changed.
 */
export function checkInputs({ inputs }: RebootPlan, now: InputDigests): void {
  refuse('input', [...changesOf(inputs, now)], phases.inputs);
}

/**
 * Refuses a saved plan on a machine that is not the one that it was made for, or not any more.
 *
 * @param phase that a refusal names: `describe` unless it is looked at again later.
 * @throws RebootError `ESTALE` in that phase, naming what has changed.
 */
export async function checkMachine(
  { machine }: RebootPlan,
  reality: Reality,
  phase: Phase = phases.describe,
): Promise<void> {
  const now = await digestReality(reality);
  const features = { ...now.features };
  // Plans of before do not say it: nothing is known to have changed.
  for (const name of SAID_LATER) if (machine.features[name] === undefined) delete features[name];
  refuse('machine', [...changesOf(machine, { ...now, features })], phase);
}

/** What plans did not always say of a CPU. The proof looks again whether the kernel runs on it. */
const SAID_LATER = ['mayHaveMore', 'bigEndian'] as const;

function* changesOf(before: object, after: object): Generator<PlanChange, undefined> {
  for (const [key, was] of Object.entries(before)) {
    const is: unknown = Object.entries(after).find(([name]) => name === key)?.[1];
    yield* diffJson(plain(was), plain(is), key);
  }
}

/** Values as they stand in the document. */
const plain = (value: unknown): unknown =>
  value === undefined
    ? undefined
    : JSON.parse(JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `0x${inner.toString(16)}` : inner)));

function refuse(what: 'input' | 'machine', changes: readonly PlanChange[], phase: Phase): void {
  if (changes.length === 0) return;
  const changed = [...new Set(changes.map(({ path }) => path.split('.')[0] ?? path))].map((key) => names[key] ?? key);
  const hint = what === 'input' ? 'give the files that it was made from, or plan again' : 'plan again on this machine';
  throw new RebootError('ESTALE', `the plan was made with something else: ${changed.join(', ')} changed`, hint, {
    phase,
    changes,
  });
}
