import { onCleanup } from 'solid-js';

/** Takes files, and texts, that are dropped on the page or pasted into it outside of a field. */
export function takeDropped(take: (files: readonly File[]) => Promise<void>): void {
  // A text that is dragged into a field is the field's; a file is not.
  const isFields = ({ target, dataTransfer }: DragEvent): boolean =>
    isField(target) && dataTransfer?.types.includes('Files') !== true;
  const over = (event: DragEvent): void => {
    if (event.dataTransfer !== null && !isFields(event)) event.preventDefault();
  };
  const accept = (event: Event, data: DataTransfer | null): void => {
    const files = filesIn(data);
    if (files.length === 0) return;
    event.preventDefault();
    void take(files);
  };
  const drop = (event: DragEvent): void => {
    if (!isFields(event)) accept(event, event.dataTransfer);
  };
  const paste = (event: ClipboardEvent): void => {
    const isFile = (event.clipboardData?.files.length ?? 0) > 0;
    if (isFile || !isField(event.target)) accept(event, event.clipboardData);
  };
  addEventListener('dragover', over);
  addEventListener('drop', drop);
  addEventListener('paste', paste);
  onCleanup(() => {
    removeEventListener('dragover', over);
    removeEventListener('drop', drop);
    removeEventListener('paste', paste);
  });
}

/** A text that is pasted into a field is the field's. */
const isField = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('input:not([type=checkbox], [type=file], [type=range]), textarea, [contenteditable]') !== null;

function filesIn(data: DataTransfer | null): File[] {
  const files = [...(data?.files ?? [])];
  const text = data?.getData('text/plain') ?? '';
  return files.length === 0 && text !== '' ? [new File([text], 'pasted text')] : files;
}
