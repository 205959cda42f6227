import { type StrategyName, strategies } from '@kexeckit/relocation';

/** The strategy that is looked at first: the first one that moves pages with the caches on. */
export const firstChoice: StrategyName = (
  strategies.find(({ mmu, delivers }) => mmu === 'on' && !delivers) ?? strategies[0]
).name;

/** The strategy of a name, or else the one that is looked at first. */
export const strategyOr = (name: string): StrategyName =>
  strategies.find((strategy) => strategy.name === name)?.name ?? firstChoice;
