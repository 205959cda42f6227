import { type StrategyName, strategyNamed } from '@kexeckit/relocation';
import type { Generation } from './generation.ts';

/** What the operator does around the reboot, in order. */
export function stepsFor(strategy: StrategyName, generation: Generation | undefined): string[] {
  const middle = [
    'prove the plan',
    'shut devices down, take all CPUs but one offline',
    'jump to the relocation routine',
  ];
  if (generation === undefined) return ['load into free pages', ...middle];
  const { half, parameter } = generation;
  const reserve = `the next kernel reserves ${parameter}`;
  const load =
    half === undefined
      ? 'unregister an image that is still loaded in the region, and load into it'
      : `load into the ${half} half of the region; an image in the other half stays`;
  const { displaces } = strategyNamed(strategy);
  if (displaces === undefined) return [load, ...middle, reserve];
  return [`unload ${displaces}`, load, ...middle, `${reserve}, and loads ${displaces} again`];
}
