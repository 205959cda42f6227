import { type JSX, lazy, onMount, Suspense } from 'solid-js';
import { boardTitle } from '../desk/boards.ts';
import { firstSubject } from '../desk/subject.ts';
import { DeskForm } from '../features/desk/DeskForm.tsx';
import { FailureNote } from '../features/failure/FailureNote.tsx';
import type { Failure } from '../features/failure/model.ts';
import { FigureList } from '../features/figures/FigureList.tsx';
import { ProofList } from '../features/proof/ProofList.tsx';
import { TakeAway } from '../features/report/TakeAway.tsx';
import { StrategyPanel, StrategyTabs } from '../features/strategies/StrategyTabs.tsx';
import { totalText } from '../features/timeline/model.ts';
import { Prices } from '../features/timeline/Prices.tsx';
import { Timeline } from '../features/timeline/Timeline.tsx';
import { Later } from '../shared/Later.tsx';
import type { StrategyResult } from '../worker/protocol.ts';
import type { Lab } from './lab.ts';
import { takeables } from './take-away.ts';

const RebootMap = lazy(async () => {
  const { RebootMap: map } = await import('./RebootMap.tsx');
  return { default: map };
});

/** Every strategy, planned, proved and run; the first visit starts the run. */
export function RebootPage(props: { readonly lab: Lab }): JSX.Element {
  const { lab } = props;
  const result = (): StrategyResult | undefined => lab.results()[lab.strategy()];
  const refusal = (): Failure | undefined => lab.failure() ?? lab.refusals()[lab.strategy()];
  const machineName = (): string => {
    const subject = lab.shownOf() ?? lab.ranWith();
    return subject?.items.map?.name ?? boardTitle(subject?.board ?? firstSubject.board);
  };
  onMount(() => {
    if (lab.ranWith() === undefined) lab.run();
  });
  return (
    <>
      <DeskForm desk={lab.desk} state={lab.state()} onRun={lab.run} onCancel={lab.stop} />
      <main aria-busy={lab.state().running}>
        <FailureNote failure={refusal()} />
        <StrategyTabs
          selected={lab.strategy()}
          totalOf={(strategy) => {
            if (lab.refusals()[strategy] !== undefined) return 'refused';
            const row = lab.results()[strategy]?.timeline;
            return row && `${totalText(row.total)} s`;
          }}
          isStale={lab.isStale}
          onSelect={lab.select}
        />
        <StrategyPanel selected={lab.strategy()} stale={lab.isStale(lab.strategy())} running={lab.state().running}>
          <section aria-labelledby="map-title" class="reboot-map">
            <div class="section-head">
              <h2 id="map-title">
                Memory map <span class="quiet">{lab.strategy()}</span>
              </h2>
              <p class="quiet">
                {machineName()}; <a href="#/memory">all of it, with its resources</a>
              </p>
            </div>
            <Suspense>
              <RebootMap lab={lab} machine={machineName()} />
            </Suspense>
          </section>
          <Later>
            <Timeline
              rowOf={(strategy) => lab.results()[strategy]?.timeline}
              isStale={lab.isStale}
              selected={lab.strategy()}
            />
          </Later>
          <Later>
            <ProofList strategy={lab.strategy()} rows={result()?.proof ?? refusal()?.proof} />
          </Later>
          <Later>
            <FigureList strategy={lab.strategy()} figures={result()?.figures} />
          </Later>
        </StrategyPanel>
        <Later>
          <TakeAway things={takeables(lab)} />
        </Later>
      </main>
      <footer>
        <Prices row={result()?.timeline} />
      </footer>
    </>
  );
}
