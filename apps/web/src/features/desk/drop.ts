import { onCleanup } from 'solid-js';

/** Takes files, and texts, that are dropped on the page or pasted into it outside of a field. */
export function takeDropped(take: (files: readonly File[]) => Promise<void>): void {
  const over = (event: DragEvent): void => {
    if (event.dataTransfer !== null) event.preventDefault();
  };
  const accept = (event: Event, data: DataTransfer | null): void => {
    const files = filesIn(data);
    if (files.length === 0) return;
    event.preventDefault();
    void take(files);
  };
  const drop = (event: DragEvent): void => accept(event, event.dataTransfer);
  const paste = (event: ClipboardEvent): void => {
    if (!isField(event.target)) accept(event, event.clipboardData);
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

/** What a field is pasted into is the field's. */
const isField = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, textarea, [contenteditable]') !== null;

function filesIn(data: DataTransfer | null): File[] {
  const files = [...(data?.files ?? [])];
  const text = data?.getData('text/plain') ?? '';
  return files.length === 0 && text !== '' ? [new File([text], 'pasted text')] : files;
}
