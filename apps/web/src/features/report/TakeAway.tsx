import { createSignal, For, type JSX } from 'solid-js';
import { wordsOf } from '../../shared/words.ts';
import './style.css';

/** Something that can be taken away. */
export interface Takeable {
  readonly label: string;
  /** What it is, when it is pointed at. */
  readonly help: string;
  /** Undefined where there is nothing to take yet. */
  readonly take: (() => Promise<string>) | undefined;
}

/** Buttons for what can be taken away, and what became of the last one: `take` answers in words. */
export function TakeAway(props: { readonly things: readonly Takeable[] }): JSX.Element {
  const [said, setSaid] = createSignal('');
  const [working, setWorking] = createSignal(false);
  const take = async (thing: () => Promise<string>): Promise<void> => {
    setWorking(true);
    try {
      setSaid(await thing());
    } catch (error) {
      const { message, hint } = wordsOf(error);
      setSaid(`${message}${hint === '' ? '' : `; ${hint}`}`);
    } finally {
      setWorking(false);
    }
  };
  return (
    <section class="take-away" aria-label="Take away" aria-busy={working()}>
      <span class="quiet">Take away</span>
      <For each={props.things}>
        {(thing) => (
          <button
            type="button"
            class="plain"
            title={thing.help}
            disabled={working() || thing.take === undefined}
            onClick={() => thing.take !== undefined && void take(thing.take)}
          >
            {thing.label}
          </button>
        )}
      </For>
      <span class="quiet" role="status">
        {said()}
      </span>
    </section>
  );
}
