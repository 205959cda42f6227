import { type Accessor, createMemo, createSignal, type JSX, onCleanup, Show } from 'solid-js';
import { FailureNote } from '../features/failure/FailureNote.tsx';
import { EntryPanel } from '../features/tables/EntryPanel.tsx';
import type { EditField } from '../features/tables/editing.ts';
import { Differences, Findings, Registers } from '../features/tables/Judged.tsx';
import { Mappings } from '../features/tables/Mappings.tsx';
import { keyOf, type TableFacts } from '../features/tables/model.ts';
import { Play } from '../features/tables/Play.tsx';
import { FactLine, SourceForm } from '../features/tables/SourceForm.tsx';
import { Tree } from '../features/tables/Tree.tsx';
import { Walk } from '../features/tables/Walk.tsx';
import { hex } from '../shared/format.ts';
import type { Lab } from './lab.ts';
import { createTablesDesk, type TablesDesk } from './tables-desk.ts';
import '../features/tables/style.css';

/** Page tables, looked at from all sides. */
export function TablesPage(props: { readonly lab: Lab }): JSX.Element {
  const desk = createTablesDesk(props.lab);
  const isNarrow = createNarrow();
  const isBusy = (): boolean =>
    desk.first.dump.isStale() ||
    desk.second.dump.isStale() ||
    [desk.facts, desk.walked.walk, desk.tree, desk.mappings, desk.findings, desk.differences].some(
      (each) => each.isStale() && desk.first.dump.found() !== undefined,
    ) ||
    desk.played.play.isStale() ||
    desk.tree.entry.isStale();
  return (
    <main class="tables" aria-busy={isBusy()}>
      <FailureNote failure={desk.failure() ?? desk.facts.failure()} />
      <section class="table-sources" aria-label="Sources">
        <SourceForm
          label="Tables of"
          canBeNone={false}
          state={desk.first.state()}
          onChange={(field, text) => desk.link.setSource('of', field, text)}
          onCancel={desk.first.dump.cancel}
        />
        <SourceForm
          label="Compared with"
          canBeNone={true}
          state={desk.second.state()}
          onChange={(field, text) => desk.link.setSource('with', field, text)}
          onCancel={desk.second.dump.cancel}
        />
      </section>
      <Show when={desk.facts.found()} fallback={<p class="quiet">The tables are on their way …</p>}>
        {(facts) => <Explorer desk={desk} facts={facts()} isNarrow={isNarrow()} />}
      </Show>
    </main>
  );
}

/** What is shown of tables that are there. */
function Explorer(props: {
  readonly desk: TablesDesk;
  readonly facts: TableFacts;
  readonly isNarrow: boolean;
}): JSX.Element {
  const { link, walked, tree, played } = props.desk;
  const change = (field: EditField, text: string): void => {
    const edit = link.edit();
    const fill = field === 'kind' && text !== '' && edit.va === '' && edit.size === '';
    link.setEdit({ [field]: text, ...(fill && firstRange(props.desk, props.facts)) });
  };
  return (
    <>
      <div classList={{ stale: props.desk.first.dump.isStale() }}>
        <FactLine facts={props.facts} />
      </div>
      <Walk
        text={walked.text()}
        complaint={walked.complaint()}
        walk={walked.walk.found()}
        isStale={walked.walk.isStale()}
        onType={(text) => link.setView({ va: text })}
        onChoose={tree.choose}
      />
      <TreeAndEntry desk={props.desk} facts={props.facts} isNarrow={props.isNarrow} />
      <Play
        texts={link.edit()}
        complaints={played.complaints()}
        failure={played.play.failure()}
        play={played.play.found()}
        isStale={played.play.isStale()}
        done={played.done()}
        walk={walked.walk.found()}
        rowHeight={props.isNarrow ? 96 : 28}
        onChange={change}
        onDone={played.setDone}
      />
      <Rest desk={props.desk} facts={props.facts} isNarrow={props.isNarrow} />
    </>
  );
}

/** The tree, and beside it what is chosen in it. */
function TreeAndEntry(props: {
  readonly desk: TablesDesk;
  readonly facts: TableFacts;
  readonly isNarrow: boolean;
}): JSX.Element {
  const { walked, tree, played } = props.desk;
  const steps = createMemo(() => new Set(walked.walk.found()?.steps.map(keyOf)));
  return (
    <div class="tree-and-entry">
      <section aria-labelledby="tree-title" classList={{ stale: tree.isStale() }}>
        <div class="section-head">
          <h2 id="tree-title">Tree</h2>
          <p class="tree-tools">
            <button type="button" class="plain" onClick={() => void tree.openAll()}>
              Open all
            </button>
            <button type="button" class="plain" onClick={() => tree.closeAll()}>
              Close all
            </button>
            <label>
              <input
                type="checkbox"
                checked={!tree.joins()}
                onChange={({ currentTarget }) => tree.setJoins(!currentTarget.checked)}
              />{' '}
              each entry
            </label>
          </p>
        </div>
        <Tree
          facts={props.facts}
          tables={tree.tables()}
          open={tree.open()}
          chosen={tree.chosen()}
          walked={steps()}
          rowHeight={props.isNarrow ? 64 : 28}
          onToggle={tree.toggle}
          onChoose={tree.choose}
        />
        <Show when={played.done() > 0}>
          <p class="note quiet">After step {played.done()} of the edit below.</p>
        </Show>
      </section>
      <EntryPanel
        entry={tree.entry.found()}
        isChosen={tree.chosen() !== undefined && !tree.entry.isStale()}
        isStale={tree.entry.isStale()}
      />
    </div>
  );
}

/** Lists of what the tables say. */
function Rest(props: {
  readonly desk: TablesDesk;
  readonly facts: TableFacts;
  readonly isNarrow: boolean;
}): JSX.Element {
  const { link, mappings, findings, differences, filter } = props.desk;
  return (
    <>
      <Show when={link.source('with').of !== ''}>
        <Differences
          found={differences.found()}
          failure={differences.failure()}
          isStale={differences.isStale()}
          rowHeight={props.isNarrow ? 84 : 28}
          onWalk={(va) => link.setView({ va: hex(va) })}
        />
      </Show>
      <Mappings
        facts={props.facts}
        list={mappings.found()}
        filter={filter()}
        isStale={mappings.isStale()}
        rowHeight={props.isNarrow ? 104 : 28}
        onFilter={(text) => link.setView({ filter: text === '' ? undefined : text })}
        onWalk={(va) => link.setView({ va: hex(va) })}
      />
      <Findings found={findings.found()} isStale={findings.isStale()} />
      <Registers registers={props.facts.registers} />
    </>
  );
}

/** A page of what is walked, for an edit that is begun. */
function firstRange({ walked }: TablesDesk, { pageShift }: TableFacts): { va: string; size: string } {
  const page = 1n << BigInt(pageShift);
  const va = walked.walk.found()?.va ?? 0n;
  return { va: hex(va - (va % page)), size: `${page / 1024n}K` };
}

/** Whether rows take several lines. */
function createNarrow(): Accessor<boolean> {
  const media = matchMedia('(max-width: 700px)');
  const [isNarrow, setNarrow] = createSignal(media.matches);
  const follow = (): void => {
    setNarrow(media.matches);
  };
  media.addEventListener('change', follow);
  onCleanup(() => media.removeEventListener('change', follow));
  return isNarrow;
}
