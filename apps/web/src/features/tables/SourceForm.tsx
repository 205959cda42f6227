import { For, type JSX, Show } from 'solid-js';
import { bytesText, count, hex } from '../../shared/format.ts';
import type { Words } from '../../shared/words.ts';
import { type Choice, Field } from './Field.tsx';
import type { TableFacts } from './model.ts';
import {
  granules,
  halves,
  NONE,
  OWN,
  regimes,
  type SourceComplaints,
  type SourceField,
  type SourceTexts,
  strategiesWithTables,
} from './source.ts';

/** A source as it stands in its form. */
export interface SourceState {
  readonly texts: SourceTexts;
  readonly complaints: SourceComplaints;
  /** Why there are no such tables. */
  readonly failure: Words | undefined;
  readonly isWorking: boolean;
}

const named = (names: readonly string[]): Choice[] => names.map((name) => [name, name]);
const PLANS: readonly Choice[] = strategiesWithTables.map((name) => [name, `the plan of ${name}`]);
const SOURCES: readonly Choice[] = [...PLANS, [OWN, 'mappings written here']];

const SMALL: readonly (readonly [
  field: SourceField,
  label: string,
  help: string,
  more?: { readonly choices?: readonly Choice[]; readonly look?: 'flag' },
])[] = [
  ['granule', 'Granule', 'size of a page, and of a table', { choices: named(granules) }],
  [
    'regime',
    'Regime',
    'whose tables they are; EL2&0 is EL2 with VHE, stage2 that of a virtual machine',
    { choices: named(regimes) },
  ],
  ['half', 'Half', 'upper is what TTBR1 translates', { choices: named(halves) }],
  ['vaBits', 'Input bits', 'bits of virtual address, 64 - TxSZ; empty for as many as reach'],
  ['paBits', 'Output bits', 'bits of physical address; empty for as many as reach'],
  ['base', 'Root at', 'physical address of the first table'],
  ['lpa2', 'LPA2', 'the descriptor layout of FEAT_LPA2 (TCR.DS), where it is not needed either', { look: 'flag' }],
];

/** Which tables are looked at, or compared with. */
export function SourceForm(props: {
  readonly label: string;
  readonly canBeNone: boolean;
  readonly state: SourceState;
  readonly onChange: (field: SourceField, text: string) => void;
  readonly onCancel: () => void;
}): JSX.Element {
  const choices = (): readonly Choice[] => (props.canBeNone ? [[NONE, 'nothing'], ...SOURCES] : SOURCES);
  const isOwn = (): boolean => props.state.texts.of === OWN;
  return (
    <fieldset class="table-source">
      <legend class="visually-hidden">{props.label}</legend>
      <div class="table-source-row">
        <Field
          label={props.label}
          help="the temporary tables of a reboot's plan, or tables of mappings that are written here"
          value={props.state.texts.of}
          choices={choices()}
          complaint={props.state.complaints.of}
          onChange={(text) => props.onChange('of', text)}
        />
        <Show when={props.state.isWorking && !isOwn()}>
          <span class="quiet">The reboot is being planned …</span>
          <button type="button" class="plain" onClick={() => props.onCancel()}>
            Cancel
          </button>
        </Show>
      </div>
      <Show when={!isOwn() && props.state.failure}>{(failure) => <Refusal failure={failure()} />}</Show>
      <Show when={isOwn()}>
        <div class="table-source-row">
          <For each={SMALL}>
            {([field, label, help, more]) => (
              <Field
                {...{ label, help, ...more }}
                value={props.state.texts[field]}
                complaint={props.state.complaints[field]}
                onChange={(text) => props.onChange(field, text)}
              />
            )}
          </For>
        </div>
        <Field
          label="Mappings"
          help="one a line, VA:PA:SIZE:ACCESS; ACCESS is r, rw, rx or rwx, and behind commas nc, wt or device, and user"
          look="lines"
          value={props.state.texts.mappings}
          complaint={props.state.complaints.mappings ?? ownFailure(props.state.failure)}
          onChange={(text) => props.onChange('mappings', text)}
        />
        <p class="note quiet">
          <code>VA:PA:SIZE:ACCESS</code> a line; ACCESS is r, rw, rx or rwx, then <code>,nc</code> <code>,wt</code> or{' '}
          <code>,device</code>, and <code>,user</code>.
        </p>
      </Show>
    </fieldset>
  );
}

const ownFailure = (failure: Words | undefined): string | undefined =>
  failure && (failure.hint === '' ? failure.message : `${failure.message}: ${failure.hint}`);

const Refusal = (props: { readonly failure: Words }): JSX.Element => (
  <p class="bad" role="alert">
    <code>{props.failure.code}</code> {ownFailure(props.failure)}
  </p>
);

/** What tables are, on one line. */
export function FactLine(props: { readonly facts: TableFacts }): JSX.Element {
  const tables = (): string => (props.facts.tables === 1 ? '1 table' : `${count(props.facts.tables)} tables`);
  return (
    <p class="fact-line">
      {props.facts.space}; {tables()} of {bytesText(props.facts.tableBytes / props.facts.tables)}, the root at{' '}
      <code>{hex(props.facts.root)}</code>
    </p>
  );
}
