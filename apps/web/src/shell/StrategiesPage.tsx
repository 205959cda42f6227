import type { JSX } from 'solid-js';
import { StrategyTable } from '../features/strategies/StrategyTable.tsx';

/** What strategies there are. */
export function StrategiesPage(): JSX.Element {
  return (
    <main>
      <StrategyTable />
    </main>
  );
}
