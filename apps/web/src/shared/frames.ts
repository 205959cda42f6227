import { onCleanup } from 'solid-js';

/** Runs a drawing at the next frame, once however often it is asked for. */
export function createFrames(draw: () => void): () => void {
  let pending: number | undefined;
  onCleanup(() => {
    if (pending !== undefined) cancelAnimationFrame(pending);
  });
  return () => {
    pending ??= requestAnimationFrame(() => {
      pending = undefined;
      draw();
    });
  };
}
