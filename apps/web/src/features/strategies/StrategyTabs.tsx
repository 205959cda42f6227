import { type StrategyName, strategies } from '@kexeckit/relocation';
import { For, type JSX, Show } from 'solid-js';
import { arrowTarget } from '../../shared/arrows.ts';
import { shortText } from './model.ts';
import './style.css';

/** All strategies with the seconds that each takes; the arrow keys go from one to the next. */
export function StrategyTabs(props: {
  readonly selected: StrategyName;
  /** In words, as soon as it is there. */
  readonly totalOf: (strategy: StrategyName) => string | undefined;
  /** Whether that is of the run before. */
  readonly isStale: (strategy: StrategyName) => boolean;
  readonly onSelect: (strategy: StrategyName) => void;
}): JSX.Element {
  let list: HTMLDivElement | undefined;
  const move = (event: KeyboardEvent): void => {
    const from = strategies.findIndex(({ name }) => name === props.selected);
    const to = arrowTarget(event.key, from, strategies.length);
    const strategy = to === undefined ? undefined : strategies[to];
    if (strategy === undefined) return;
    event.preventDefault();
    props.onSelect(strategy.name);
    list?.querySelector<HTMLElement>(`#${tabId(strategy.name)}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Strategy" tabIndex={-1} onKeyDown={move} ref={list}>
      <For each={strategies}>
        {(strategy) => (
          <button
            type="button"
            role="tab"
            id={tabId(strategy.name)}
            aria-selected={props.selected === strategy.name}
            aria-controls={STRATEGY_PANEL}
            tabIndex={props.selected === strategy.name ? 0 : -1}
            onClick={() => props.onSelect(strategy.name)}
          >
            <span class="tab-name">{strategy.name}</span>
            <span
              class="tab-total"
              classList={{ 'of-before': props.isStale(strategy.name) }}
              title={props.isStale(strategy.name) ? 'of the run before' : undefined}
            >
              <Show when={props.totalOf(strategy.name)} fallback={<span class="skeleton">0.000 s</span>}>
                {(total) => <>{total()}</>}
              </Show>
            </span>
            <span class="tab-text">{shortText(strategy)}</span>
          </button>
        )}
      </For>
    </div>
  );
}

const STRATEGY_PANEL = 'strategy-panel';

const tabId = (strategy: StrategyName): string => `tab-${strategy}`;

/** What the selected tab shows; what is of the run before says so. */
export function StrategyPanel(props: {
  readonly selected: StrategyName;
  readonly stale: boolean;
  /** Whether what is newer may still come. */
  readonly running: boolean;
  readonly children: JSX.Element;
}): JSX.Element {
  return (
    <div id={STRATEGY_PANEL} role="tabpanel" aria-labelledby={tabId(props.selected)} data-stale={props.stale}>
      <p class="stale-note quiet" role="note">
        {props.stale
          ? `Of the run before: ${props.running ? 'this one has not come here yet' : 'the last one did not come here'}.`
          : ''}
      </p>
      {props.children}
    </div>
  );
}
