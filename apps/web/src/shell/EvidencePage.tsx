import { createEffect, createMemo, createSignal, createUniqueId, For, type JSX, on, onCleanup, Show } from 'solid-js';
import type { DeskText } from '../desk/subject.ts';
import { Items } from '../features/desk/Items.tsx';
import type { LogEvidence } from '../features/evidence/compute.ts';
import { EvidenceFigure } from '../features/evidence/EvidenceFigure.tsx';
import {
  type ExampleName,
  exampleLog,
  exampleNamed,
  exampleNames,
  exampleTitle,
} from '../features/evidence/examples.ts';
import { FitPanel } from '../features/evidence/FitPanel.tsx';
import { LogLines } from '../features/evidence/LogLines.tsx';
import { PassageTable } from '../features/evidence/PassageTable.tsx';
import { FailureNote } from '../features/failure/FailureNote.tsx';
import { bytesText } from '../shared/format.ts';
import { type Words, wordsOf } from '../shared/words.ts';
import { type Assistant, askOnce, newAssistant } from '../worker/client.ts';
import type { Lab } from './lab.ts';
import { params } from './params.ts';
import '../features/evidence/style.css';

/** What of the view the address keeps. */
const PARAMS = params.evidence;

/** What is shown: a log, and what it tells. */
interface Shown {
  readonly log: DeskText;
  readonly evidence: LogEvidence;
}

/** A log of real reboots as a picture. */
export function EvidencePage(props: { readonly lab: Lab }): JSX.Element {
  const { desk, address } = props.lab;
  const item = createMemo(() => desk.subject().items.log);
  const example = createMemo(() => exampleNamed(address.param(PARAMS.example)));
  const { shown, isReading, failure } = createReading(example, item);
  const line = (): number | undefined => {
    const given = address.param(PARAMS.line);
    return given !== undefined && /^[1-9]\d{0,8}$/.test(given) ? Number(given) : undefined;
  };
  const select = (number: number): void => address.setParams(new Map([[PARAMS.line, String(number)]]));
  const choose = (name: string | undefined): void =>
    address.setParams(
      new Map([
        [PARAMS.example, name],
        [PARAMS.line, undefined],
      ]),
    );
  // A log that is put on the desk is what its owner wants to see.
  createEffect(on(item, () => choose(undefined), { defer: true }));
  const useProfile = (profile: string): void => {
    const name = `profile of ${shown()?.log.name ?? 'a log'}`;
    void desk.take([new File([profile], name)]);
  };
  return (
    <main class="evidence" aria-busy={isReading()}>
      <LogChoice lab={props.lab} example={example()} onChoose={choose} />
      <FailureNote failure={failure()} />
      <Show
        when={shown()}
        fallback={
          <p class="note quiet">
            {isReading() ? 'The log is being read …' : 'Choose an example, or drop or paste a log of a console.'}
          </p>
        }
      >
        {(now) => (
          <div data-stale={isReading()}>
            <Told shown={now()} line={line()} onSelect={select} onUse={useProfile} />
          </div>
        )}
      </Show>
    </main>
  );
}

function Told(props: {
  readonly shown: Shown;
  readonly line: number | undefined;
  readonly onSelect: (line: number) => void;
  readonly onUse: (profile: string) => void;
}): JSX.Element {
  const evidence = (): LogEvidence => props.shown.evidence;
  const told = createMemo((): ReadonlySet<number> => new Set(evidence().told));
  return (
    <>
      <Show when={evidence().cutAt}>
        {(cutAt) => (
          <p class="note">Read up to line {cutAt()}: no log of reboots has so many lines that mean something.</p>
        )}
      </Show>
      <Show when={evidence().boots > 0}>
        <EvidenceFigure picture={evidence().picture} selected={props.line} onSelect={props.onSelect} />
        <PassageTable passages={evidence().passages} stops={evidence().stops} onSelect={props.onSelect} />
      </Show>
      <For each={evidence().loads}>
        {({ line, segments, bytes }) => (
          <p class="note">
            Line {line}: kexec-tools loaded {segments} {segments === 1 ? 'segment' : 'segments'}, {bytesText(bytes)}.
            Loading starts nothing: no time of a reboot is in this.
          </p>
        )}
      </For>
      <LogLines
        text={props.shown.log.text}
        starts={evidence().starts}
        told={told()}
        selected={props.line}
        onSelect={props.onSelect}
      />
      <Show when={evidence().boots > 0}>
        <FitPanel fit={evidence().fit} onUse={props.onUse} />
      </Show>
    </>
  );
}

/** Which log: an example, or the one on the desk. */
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
      <label class="log-file">
        <input
          type="file"
          class="visually-hidden"
          onChange={({ currentTarget }) => {
            void desk.take([...(currentTarget.files ?? [])]);
            currentTarget.value = '';
          }}
        />
        Open a log
      </label>
      <Items
        items={logOf(desk.subject().items.log)}
        findings={desk.findings()}
        onRemove={(place) => desk.remove(place)}
      />
    </div>
  );
}

const logOf = (log: DeskText | undefined): { readonly log?: DeskText } => (log === undefined ? {} : { log });

/** Reads what is chosen in a worker, which ends when something else is chosen; what was read before stays until then. */
function createReading(
  example: () => ExampleName | undefined,
  item: () => DeskText | undefined,
): {
  readonly shown: () => Shown | undefined;
  readonly isReading: () => boolean;
  readonly failure: () => Words | undefined;
} {
  const [shown, setShown] = createSignal<Shown>();
  const [isReading, setReading] = createSignal(false);
  const [failure, setFailure] = createSignal<Words>();
  let current: Assistant | undefined;
  const read = async (name: ExampleName | undefined, own: DeskText | undefined): Promise<void> => {
    current?.end();
    const mine = newAssistant();
    current = mine;
    setFailure(undefined);
    if (name === undefined && own === undefined) {
      mine.end();
      setShown(undefined);
      setReading(false);
      return;
    }
    setReading(true);
    try {
      const log = name === undefined ? own : await exampleLog(name);
      const evidence = log && (await askOnce((api) => api.readEvidence(log.name, log.text), mine));
      if (current === mine) setShown(log && evidence && { log, evidence });
    } catch (error) {
      if (current === mine) setFailure(wordsOf(error));
    } finally {
      if (current === mine) setReading(false);
    }
  };
  createEffect(on([example, item], ([name, own]) => void read(name, own)));
  onCleanup(() => current?.end());
  return { shown, isReading, failure };
}
