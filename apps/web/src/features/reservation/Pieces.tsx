import { Index, type JSX, Show } from 'solid-js';
import { bytesText } from '../../shared/format.ts';
import type { RamPiece } from './model.ts';
import { LEAST_RAM, MOST_RAM, pieceAt } from './ram.ts';

const text = (bytes: bigint): string => bytesText(Number(bytes));

/** What is reserved from which RAM on; each can be chosen. */
export function Pieces(props: {
  readonly parameter: string;
  readonly pieces: readonly RamPiece[];
  /** Whether it says of which parameter they are. */
  readonly isNamed: boolean;
  readonly ram: bigint;
  readonly onChange: (ram: bigint) => void;
}): JSX.Element {
  const bounds = ({ from, to }: RamPiece, isFirst: boolean): string => {
    const parts = [isFirst ? '' : `from ${text(from)}`, to === null ? '' : `below ${text(to)}`];
    return parts.filter((part) => part !== '').join(' ') || 'any RAM';
  };
  const reachable = ({ from, to }: RamPiece): bigint | undefined => {
    const least = from < LEAST_RAM ? LEAST_RAM : from;
    return least <= MOST_RAM && (to === null || least < to) ? least : undefined;
  };
  const current = (): RamPiece | undefined => pieceAt(props.pieces, props.ram);
  return (
    <ol class="pieces" aria-label={`${props.parameter}= by RAM`}>
      <Show when={props.isNamed}>
        <li class="quiet">
          <code>{props.parameter}=</code>
        </li>
      </Show>
      <Index each={props.pieces}>
        {(piece, at) => (
          <li>
            <button
              type="button"
              class="plain"
              aria-pressed={current() === piece()}
              disabled={reachable(piece()) === undefined}
              onClick={() => props.onChange(reachable(piece()) ?? LEAST_RAM)}
            >
              {bounds(piece(), at === 0)}: <strong>{piece().reserves}</strong>
            </button>
          </li>
        )}
      </Index>
    </ol>
  );
}
