import { type Half, type StrategyName, strategyNamed } from '@kexeckit/relocation';
import type { Generation } from './generation.ts';

/** Something that is done around a reboot, by the operator or by the kernels. */
export type OperatorStep =
  /** What the region holds is unloaded first. */
  | { readonly kind: 'unload'; readonly what: string }
  | { readonly kind: 'load'; readonly into: 'free pages' | 'whole region' | Half }
  | { readonly kind: 'prove' }
  /** Devices and all CPUs but one. */
  | { readonly kind: 'shut down' }
  | { readonly kind: 'jump' }
  /** What the next kernel reserves, as its command line says. */
  | { readonly kind: 'reserve'; readonly parameter: string }
  | { readonly kind: 'load again'; readonly what: string };

/** What is done around a reboot, in order. */
export function operatorSteps(strategy: StrategyName, generation: Generation | undefined): OperatorStep[] {
  const { displaces } = strategyNamed(strategy);
  const before: OperatorStep[] = displaces === undefined ? [] : [{ kind: 'unload', what: displaces }];
  const after: OperatorStep[] = displaces === undefined ? [] : [{ kind: 'load again', what: displaces }];
  return [
    ...before,
    { kind: 'load', into: generation === undefined ? 'free pages' : (generation.half ?? 'whole region') },
    { kind: 'prove' },
    { kind: 'shut down' },
    { kind: 'jump' },
    ...(generation === undefined ? [] : [{ kind: 'reserve', parameter: generation.parameter } as const]),
    ...after,
  ];
}
