import {
  createEffect,
  createMemo,
  createResource,
  createSignal,
  createUniqueId,
  For,
  type JSX,
  on,
  Show,
} from 'solid-js';
import type { DeskLog } from '../desk/subject.ts';
import { Items } from '../features/desk/Items.tsx';
import { type DrawnLog, EvidenceFigure } from '../features/evidence/EvidenceFigure.tsx';
import {
  type ExampleName,
  exampleLog,
  exampleNamed,
  exampleNames,
  exampleTitle,
} from '../features/evidence/examples.ts';
import { FitPanel } from '../features/evidence/FitPanel.tsx';
import { Loads } from '../features/evidence/Loads.tsx';
import { LogLines } from '../features/evidence/LogLines.tsx';
import { PassageTable } from '../features/evidence/PassageTable.tsx';
import { Reading } from '../features/evidence/Reading.tsx';
import { savePicture } from '../features/evidence/save.ts';
import { FailureNote } from '../features/failure/FailureNote.tsx';
import { count } from '../shared/format.ts';
import { OpenFiles } from '../shared/OpenFiles.tsx';
import { type Words, wordsOf } from '../shared/words.ts';
import { createLogs, type Logs, type ReadLogShown } from './evidence-logs.ts';
import type { Lab } from './lab.ts';
import { params } from './params.ts';
import '../features/evidence/style.css';

/** What of the view the address keeps. */
const PARAMS = params.evidence;

/** Logs of real reboots as a picture. */
export function EvidencePage(props: { readonly lab: Lab }): JSX.Element {
  const { desk, address } = props.lab;
  const item = createMemo(() => desk.subject().items.log);
  const example = createMemo(() => exampleNamed(address.param(PARAMS.example)));
  const [published] = createResource(example, exampleLog);
  const wanted = createMemo((): readonly DeskLog[] => {
    if (example() === undefined) return item()?.logs ?? [];
    const log = published.state === 'ready' ? published() : undefined;
    return log === undefined ? [] : [log];
  });
  const logs = createLogs(wanted);
  const choose = (name: string | undefined): void =>
    address.setParams(
      new Map([
        [PARAMS.example, name],
        [PARAMS.line, undefined],
        [PARAMS.of, undefined],
      ]),
    );
  // A log that is put on the desk is what its owner wants to see.
  createEffect(on(item, () => choose(undefined), { defer: true }));
  const useProfile = (profile: string): void => {
    const [name = 'a log', ...others] = logs.read().map(({ log }) => log.name);
    const of = others.length === 0 ? name : `${name} and ${others.length} more`;
    void desk.take([new File([profile], `profile of ${of}`)]);
  };
  const isBusy = (): boolean => logs.isReading() || published.loading;
  return (
    <main class="evidence" aria-busy={isBusy()}>
      <LogChoice lab={props.lab} example={example()} onChoose={choose} />
      <FailureNote failure={logs.failure() ?? (published.error === undefined ? undefined : wordsOf(published.error))} />
      <Reading
        logs={logs.all().map(({ log, ...state }) => ({ name: log.name, ...state }))}
        onCancel={logs.cancel}
        onAgain={logs.again}
      />
      <Show
        when={logs.read().length > 0}
        fallback={
          <Show when={!isBusy() && logs.all().length === 0}>
            <p class="note quiet">
              Choose an example, or drop or paste logs of consoles: of one machine or of several.
            </p>
          </Show>
        }
      >
        <Told lab={props.lab} logs={logs} onUse={useProfile} />
      </Show>
    </main>
  );
}

function Told(props: {
  readonly lab: Lab;
  readonly logs: Logs;
  readonly onUse: (profile: string) => void;
}): JSX.Element {
  const { address } = props.lab;
  const [failure, setFailure] = createSignal<Words>();
  const line = (): number | undefined => {
    const given = address.param(PARAMS.line);
    return given !== undefined && /^[1-9]\d{0,8}$/.test(given) ? Number(given) : undefined;
  };
  const read = (): readonly ReadLogShown[] => props.logs.read();
  const named = createMemo(() => read().find(({ log }) => log.name === address.param(PARAMS.of)) ?? read()[0]);
  const select = (of: string, number: number | undefined): void =>
    address.setParams(
      new Map([
        [PARAMS.of, read().length > 1 ? of : undefined],
        [PARAMS.line, number?.toString()],
      ]),
    );
  const drawn = createMemo((): readonly DrawnLog[] =>
    read()
      .filter(({ evidence }) => evidence.boots > 0)
      .map(({ log, page, evidence }) => ({
        ...{ name: log.name, picture: page.picture, from: page.from, boots: evidence.boots },
        get selected() {
          return named()?.log === log ? line() : undefined;
        },
        onSelect: (number) => select(log.name, number),
        onTurn: (from) => props.logs.turn(log, from),
      })),
  );
  const save = async (kind: 'svg' | 'png', page: Element): Promise<void> => {
    setFailure(undefined);
    await savePicture(drawn(), kind, page).catch((error: unknown) => setFailure(wordsOf(error)));
  };
  return (
    <>
      <FailureNote failure={failure()} />
      <For each={read()}>{(shown) => <Remarks shown={shown} all={read()} />}</For>
      <Show when={drawn().length > 0}>
        <EvidenceFigure logs={drawn()} onSave={(kind, page) => void save(kind, page)} />
      </Show>
      <For each={read()}>
        {(shown) => (
          <Tables shown={shown} isOne={read().length === 1} onSelect={(number) => select(shown.log.name, number)} />
        )}
      </For>
      <Show when={named()}>
        {(shown) => (
          <LogLines
            file={shown().log.file}
            index={shown().evidence.index}
            told={shown().evidence.told}
            selected={line()}
            onSelect={(number) => select(shown().log.name, number)}
          >
            <WhichLog logs={read()} shown={shown().log} onChoose={(name) => select(name, undefined)} />
          </LogLines>
        )}
      </Show>
      <Show when={drawn().length > 0 && props.logs.fit()}>{(fit) => <FitPanel fit={fit()} onUse={props.onUse} />}</Show>
    </>
  );
}

/** All that is drawn of a log, as text. */
function Tables(props: {
  readonly shown: ReadLogShown;
  readonly isOne: boolean;
  readonly onSelect: (line: number) => void;
}): JSX.Element {
  return (
    <>
      <Show when={props.shown.evidence.boots > 0}>
        <PassageTable
          passages={props.shown.page.passages}
          stops={props.shown.page.stops}
          of={props.isOne ? undefined : props.shown.log.name}
          onSelect={props.onSelect}
        />
      </Show>
      <Loads loads={props.shown.evidence.loads} />
    </>
  );
}

/** Whose lines are shown, where there are several logs. */
function WhichLog(props: {
  readonly logs: readonly ReadLogShown[];
  readonly shown: DeskLog;
  readonly onChoose: (name: string) => void;
}): JSX.Element {
  return (
    <Show when={props.logs.length > 1}>
      <select aria-label="Which log" onChange={({ currentTarget }) => props.onChoose(currentTarget.value)}>
        <For each={props.logs}>{({ log }) => <option selected={log === props.shown}>{log.name}</option>}</For>
      </select>
    </Show>
  );
}

/** What has to be known of a log beside its picture. */
function Remarks(props: { readonly shown: ReadLogShown; readonly all: readonly ReadLogShown[] }): JSX.Element {
  const evidence = () => props.shown.evidence;
  const original = (): string | undefined => props.all.find((each) => each.evidence.id === evidence().copyOf)?.log.name;
  const name = () => <bdi>{props.shown.log.name}</bdi>;
  return (
    <>
      <Show when={evidence().cutAt}>
        {(cutAt) => (
          <p class="note">
            {name()} is read up to line {count(cutAt())}: no log of reboots has so many lines that mean something.
          </p>
        )}
      </Show>
      <Show when={original()}>
        {(other) => (
          <p class="note">
            {name()} holds what <bdi>{other()}</bdi> does: its rows are not counted twice.
          </p>
        )}
      </Show>
      <Show when={evidence().boots === 0 && evidence().loads.length === 0}>
        <p class="note">{name()} tells of no boot.</p>
      </Show>
    </>
  );
}

/** Which logs: an example, or those on the desk. */
function LogChoice(props: {
  readonly lab: Lab;
  readonly example: ExampleName | undefined;
  readonly onChoose: (name: string | undefined) => void;
}): JSX.Element {
  const id = createUniqueId();
  const { desk } = props.lab;
  const own = (): string | undefined => desk.subject().items.log?.name;
  return (
    <div class="log-choice">
      <label for={id}>Log</label>
      <select id={id} onChange={({ currentTarget }) => props.onChoose(currentTarget.value || undefined)}>
        <option value="" selected={props.example === undefined}>
          {own() === undefined ? 'none yet' : `${own()}, of the desk`}
        </option>
        <For each={exampleNames}>
          {(name) => (
            <option value={name} selected={props.example === name}>
              {exampleTitle(name)}
            </option>
          )}
        </For>
      </select>
      <OpenFiles name="Open logs" onFiles={(files) => void desk.take(files)} />
      <ul class="items" aria-label="Logs on the desk">
        <For each={desk.subject().items.log?.logs}>
          {(log) => (
            <li>
              <span class="quiet">log</span> <strong>{log.name}</strong>
              <button
                type="button"
                class="plain"
                aria-label={`Take ${log.name} away`}
                onClick={() => desk.removeLog(log)}
              >
                ×
              </button>
            </li>
          )}
        </For>
      </ul>
      <Items items={{}} findings={desk.findings()} onRemove={() => {}} />
    </div>
  );
}
