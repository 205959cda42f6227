import { type JSX, onMount } from 'solid-js';
import { Controls } from '../features/controls/Controls.tsx';
import { defaultWishes, type RunState } from '../features/controls/model.ts';
import { FailureNote } from '../features/failure/FailureNote.tsx';
import { FigureList } from '../features/figures/FigureList.tsx';
import { MemoryMap } from '../features/memory-map/MemoryMap.tsx';
import type { ProofRow } from '../features/proof/model.ts';
import { ProofList } from '../features/proof/ProofList.tsx';
import { StrategyPanel, StrategyTabs } from '../features/strategies/StrategyTabs.tsx';
import { totalText } from '../features/timeline/model.ts';
import { Prices } from '../features/timeline/Prices.tsx';
import { Timeline } from '../features/timeline/Timeline.tsx';
import type { StrategyResult } from '../worker/protocol.ts';
import type { Lab } from './lab.ts';

/** Every strategy, planned, proved and run; the first visit starts the run. */
export function RebootPage(props: { readonly lab: Lab }): JSX.Element {
  const { lab } = props;
  const state = (): RunState => ({
    wishes: lab.wishes(),
    running: lab.running(),
    failed: lab.failure() !== undefined,
    progress: lab.progress(),
  });
  const result = (): StrategyResult | undefined => lab.results()[lab.strategy()];
  const refused = (): readonly ProofRow[] | undefined => {
    const failure = lab.failure();
    return failure?.strategy === lab.strategy() ? failure.proof : undefined;
  };
  onMount(() => {
    if (lab.wishes() === undefined) lab.run(defaultWishes);
  });
  return (
    <>
      <Controls state={state()} onRun={lab.run} />
      <main aria-busy={lab.running()}>
        <FailureNote failure={lab.failure()} />
        <StrategyTabs
          selected={lab.strategy()}
          totalOf={(strategy) => {
            const row = lab.results()[strategy]?.timeline;
            return row && totalText(row.total);
          }}
          onSelect={lab.select}
        />
        <StrategyPanel selected={lab.strategy()}>
          <MemoryMap
            view={result()?.map ?? lab.machine()}
            strategy={lab.strategy()}
            machine={lab.wishes()?.map?.name ?? 'a Broadcom Stingray'}
          />
          <Timeline rowOf={(strategy) => lab.results()[strategy]?.timeline} selected={lab.strategy()} />
          <ProofList strategy={lab.strategy()} rows={result()?.proof ?? refused()} />
          <FigureList strategy={lab.strategy()} figures={result()?.figures} />
        </StrategyPanel>
      </main>
      <footer>
        <Prices row={result()?.timeline} />
      </footer>
    </>
  );
}
