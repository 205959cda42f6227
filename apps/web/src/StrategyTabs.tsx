import { type StrategyName, strategies } from '@kexeckit/relocation';
import { For, type JSX, Show } from 'solid-js';
import { arrowTarget } from './arrows.ts';
import type { Results } from './lab.ts';
import { secondsText } from './model/format.ts';

const names = strategies.map(({ name }) => name);

const descriptions: Readonly<Record<StrategyName, string>> = {
  'mmu-off': 'copied with MMU and caches off',
  'mmu-on': 'copied under temporary page tables',
  reserved: 'loaded into a region of its own',
  'crash-region': 'loaded into the crash kernel’s region',
};

/** The four strategies; the arrow keys go from one to the next. */
export function StrategyTabs(props: {
  readonly selected: StrategyName;
  readonly results: Results;
  readonly onSelect: (strategy: StrategyName) => void;
}): JSX.Element {
  let list: HTMLDivElement | undefined;
  const move = (event: KeyboardEvent): void => {
    const to = arrowTarget(event.key, names.indexOf(props.selected), names.length);
    const strategy = to === undefined ? undefined : names[to];
    if (strategy === undefined) return;
    event.preventDefault();
    props.onSelect(strategy);
    list?.querySelector<HTMLElement>(`#tab-${strategy}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Strategy" tabIndex={-1} onKeyDown={move} ref={list}>
      <For each={names}>
        {(strategy) => (
          <button
            type="button"
            role="tab"
            id={`tab-${strategy}`}
            aria-selected={props.selected === strategy}
            aria-controls="strategy-panel"
            tabIndex={props.selected === strategy ? 0 : -1}
            onClick={() => props.onSelect(strategy)}
          >
            <span class="tab-name">{strategy}</span>
            <span class="tab-total">
              <Show when={props.results[strategy]} fallback={<span class="skeleton">0.000 s</span>}>
                {(result) => `${secondsText(result().timeline.total)} s`}
              </Show>
            </span>
            <span class="tab-text">{descriptions[strategy]}</span>
          </button>
        )}
      </For>
    </div>
  );
}
