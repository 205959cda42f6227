import { createEffect, createSignal, createUniqueId, For, type JSX, Show } from 'solid-js';
import { type BoardName, boardNames, boardTitle, isBoard } from '../../desk/boards.ts';
import type { Desk } from '../../desk/desk.ts';
import { hostMap, offersMap } from '../../desk/host.ts';
import { type WishName, wishFields, wishNames } from '../../desk/wishes.ts';
import { OpenFiles } from '../../shared/OpenFiles.tsx';
import { Items } from './Items.tsx';
import type { RunState } from './model.ts';
import { Progress } from './Progress.tsx';
import { WishInput } from './WishInput.tsx';
import './style.css';

/** Wishes that stand in the open; the others are behind "More". */
const OPEN: readonly WishName[] = ['exceptionLevel', 'seed'];
/** The strategy is chosen where the strategies are. */
const REST = wishNames.filter((name) => name !== 'strategy' && !OPEN.includes(name));

/** What a run starts from, and the buttons that start and end it. */
export function DeskForm(props: {
  readonly desk: Desk;
  readonly state: RunState;
  readonly onRun: () => void;
  readonly onCancel: () => void;
}): JSX.Element {
  const { desk } = props;
  const wish = (name: WishName): JSX.Element => (
    <WishInput
      field={wishFields[name]}
      value={desk.subject().wishes[name]}
      complaint={desk.complaints()[name]}
      onChange={(text) => desk.setWish(name, text)}
    />
  );
  const [open, setOpen] = createSignal(false);
  // What keeps Run from being pressed is to be seen.
  createEffect(() => {
    if (REST.some((name) => desk.complaints()[name] !== undefined)) setOpen(true);
  });
  const run = (event: SubmitEvent): void => {
    event.preventDefault();
    props.onRun();
  };
  return (
    <form class="desk" aria-label="Run" onSubmit={run} novalidate>
      <div class="desk-row">
        <BoardField
          selected={desk.subject().items.map === undefined ? desk.subject().board : undefined}
          onSelect={desk.setBoard}
        />
        <Show when={offersMap()}>
          <button type="button" class="plain" onClick={() => void desk.takeFrom(hostMap)}>
            This machine's map
          </button>
        </Show>
        <OpenFiles
          name="Open files"
          title="A map, kernel, initramfs, device tree, command line, profile, plan or log: or drop or paste it anywhere"
          isBusy={desk.isLooking()}
          onFiles={(files) => void desk.take(files)}
        />
        <For each={OPEN}>{wish}</For>
        <button type="submit" class="run" data-changed={props.state.changed} disabled={desk.wishes() === undefined}>
          Run
        </button>
        <Progress state={props.state} onCancel={props.onCancel} />
      </div>
      <Items items={desk.subject().items} findings={desk.findings()} onRemove={desk.remove} />
      <details class="more" open={open()} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>More that can be varied</summary>
        <Show when={open()}>
          <div class="desk-row">
            <For each={REST}>{wish}</For>
          </div>
        </Show>
      </details>
    </form>
  );
}

function BoardField(props: {
  readonly selected: BoardName | undefined;
  readonly onSelect: (board: BoardName) => void;
}): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="field">
      <label for={id}>Machine</label>
      <select
        id={id}
        value={props.selected ?? ''}
        onChange={({ currentTarget: { value } }) => {
          if (isBoard(value)) props.onSelect(value);
        }}
      >
        <option value="" disabled hidden>
          of the map on the desk
        </option>
        <For each={boardNames}>{(name) => <option value={name}>{boardTitle(name)}</option>}</For>
      </select>
    </div>
  );
}
