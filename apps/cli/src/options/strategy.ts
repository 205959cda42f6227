// What the command line knows of strategies: their table alone, which loads none of the engine.
import { type Strategy, type StrategyName, strategies } from '@kexeckit/relocation/strategies';

const every: readonly (Strategy & { readonly name: StrategyName })[] = strategies;

/** The names of all strategies, slowest first. */
export const strategyNames: readonly StrategyName[] = every.map(({ name }) => name);

/** The strategies that load into a region. */
export const withRegion: readonly StrategyName[] = every
  .filter(({ region }) => region !== undefined)
  .map(({ name }) => name);

/** The strategies that can compare no digests before the jump. */
export const withoutChecks: readonly StrategyName[] = every
  .filter(({ canVerify }) => !canVerify)
  .map(({ name }) => name);

/** The strategies whose routine copies on a machine without a region, with the MMU on. */
export const copyingFast: readonly StrategyName[] = every
  .filter(({ region, delivers, mmu }) => region === undefined && !delivers && mmu === 'on')
  .map(({ name }) => name);

/** The strategies whose routine copies with the MMU off. */
export const copyingSlow: readonly StrategyName[] = every.filter(({ mmu }) => mmu === 'off').map(({ name }) => name);

/** The strategies whose segments the running kernel moves. */
export const delivered: readonly StrategyName[] = every.filter(({ delivers }) => delivers).map(({ name }) => name);

/** Name and summary of each, for the help. */
export const strategyLines: readonly (readonly [name: string, summary: string])[] = every.map(({ name, summary }) => [
  name,
  summary,
]);
