import type { JSX } from 'solid-js';
import './open-files.css';

/** A button that opens files. What was chosen before is not shown here: it lies where it was put. */
export function OpenFiles(props: {
  readonly name: string;
  /** What files may be opened, in a tip. */
  readonly title?: string;
  /** False for one at a time. */
  readonly multiple?: boolean;
  readonly isBusy?: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}): JSX.Element {
  return (
    <label class="open-files" title={props.title} aria-busy={props.isBusy}>
      <input
        type="file"
        class="visually-hidden"
        multiple={props.multiple ?? true}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          // The same file may be chosen once more.
          currentTarget.value = '';
          if (files.length > 0) props.onFiles(files);
        }}
      />
      {props.name}
    </label>
  );
}
