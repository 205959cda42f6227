import { regionParameters, type Strategy, type StrategyName, strategies } from '@kexeckit/relocation';

/** The strategies, with this one first and the others in their order. */
export function startingWith(first: StrategyName): StrategyName[] {
  const names = strategies.map(({ name }) => name);
  return [first, ...names.filter((name) => name !== first)];
}

/** Where a strategy loads to. */
const placeOf = ({ region }: Strategy): string =>
  region === undefined ? 'free pages' : `the ${regionParameters[region].resource} region`;

/** A strategy in half a line. */
export function shortText(strategy: Strategy): string {
  if (strategy.delivers) return 'copied by the running kernel';
  return strategy.region === undefined ? `copied with the MMU ${strategy.mmu}` : `loaded into ${placeOf(strategy)}`;
}

/** A strategy as a line of a table: every field in words. */
export interface StrategyRow {
  readonly name: StrategyName;
  readonly summary: string;
  readonly loadsInto: string;
  readonly mmu: string;
  readonly verifies: string;
  readonly displaces: string;
}

/** All strategies, in the order of their records. */
export const strategyRows: readonly StrategyRow[] = strategies.map(rowOf);

function rowOf(strategy: Strategy & { readonly name: StrategyName }): StrategyRow {
  const { name, summary, mmu, canVerify, displaces } = strategy;
  return {
    name,
    summary,
    loadsInto: placeOf(strategy),
    mmu,
    verifies: canVerify ? 'yes' : 'no',
    displaces: displaces ?? 'nothing',
  };
}
