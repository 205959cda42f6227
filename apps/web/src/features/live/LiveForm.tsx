import { createUniqueId, type JSX, Show } from 'solid-js';
import { OpenFiles } from '../../shared/OpenFiles.tsx';
import type { MachineComplaints, MachineTexts } from './request.ts';

/** What is wished of the machine, and the buttons that start and end it. */
export function LiveForm(props: {
  readonly texts: MachineTexts;
  readonly complaints: MachineComplaints;
  readonly onChange: (name: keyof MachineTexts, text: string) => void;
  /** The desk's own wishes: those that stand in the open, and the others. */
  readonly wishes: JSX.Element;
  readonly moreWishes: JSX.Element;
  readonly hasTree: boolean;
  readonly canStart: boolean;
  readonly isRunning: boolean;
  readonly isUp: boolean;
  readonly onStart: () => void;
  readonly onEnd: () => void;
  readonly onFiles: (files: readonly File[]) => void;
}): JSX.Element {
  const field = (name: 'memory' | 'cpus' | 'cmdline', label: string): JSX.Element => (
    <TextField
      label={label}
      isLong={name === 'cmdline'}
      value={props.texts[name]}
      complaint={props.complaints[name]}
      onChange={(text) => props.onChange(name, text)}
    />
  );
  const flag = (name: 'keep' | 'dtb', label: string): JSX.Element => (
    <label class="live-flag">
      <input
        type="checkbox"
        checked={props.texts[name] !== ''}
        onChange={({ currentTarget }) => props.onChange(name, currentTarget.checked ? 'yes' : 'no')}
      />
      {label}
    </label>
  );
  const start = (event: SubmitEvent): void => {
    event.preventDefault();
    props.onStart();
  };
  return (
    <form class="desk live-form" aria-label="Machine" onSubmit={start} novalidate>
      <div class="desk-row">
        <OpenFiles
          name="Open files"
          title="A kernel, an initramfs: or drop or paste it anywhere"
          onFiles={props.onFiles}
        />
        {props.wishes}
        {field('memory', 'RAM, MiB')}
        {field('cpus', 'CPUs')}
        {field('cmdline', 'Command line')}
        {flag('keep', 'keep it running when it is up')}
        <Show when={props.hasTree}>{flag('dtb', "the desk's device tree in place of QEMU's")}</Show>
        <button type="submit" class="run" disabled={!props.canStart || props.isRunning}>
          Start
        </button>
        <Show when={props.isRunning}>
          <button type="button" class="plain" onClick={props.onEnd}>
            {props.isUp ? 'End' : 'Cancel'}
          </button>
        </Show>
      </div>
      <details class="more">
        <summary>More that can be varied</summary>
        <div class="desk-row">{props.moreWishes}</div>
      </details>
    </form>
  );
}

function TextField(props: {
  readonly label: string;
  readonly isLong: boolean;
  readonly value: string;
  readonly complaint: string | undefined;
  readonly onChange: (text: string) => void;
}): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="field" classList={{ 'live-line': props.isLong }}>
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="text"
        inputmode={props.isLong ? 'text' : 'numeric'}
        spellcheck={false}
        autocomplete="off"
        value={props.value}
        aria-invalid={props.complaint !== undefined}
        aria-describedby={`${id}-says`}
        onInput={({ currentTarget }) => props.onChange(currentTarget.value)}
      />
      <p id={`${id}-says`} class="says">
        <Show when={props.complaint}>{(complaint) => <span class="bad">{complaint()}</span>}</Show>
      </p>
    </div>
  );
}
