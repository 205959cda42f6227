import { arrowTarget } from './arrows.ts';

/** Makes one of a row of items the one that the Tab key reaches. */
export function setTabStop(items: readonly HTMLElement[], stop: number): void {
  for (const [index, item] of items.entries()) item.tabIndex = index === stop ? 0 : -1;
}

/** Lets the arrow keys, Home and End move the focus, and the tab stop with it, along a row of items. */
export function rove(event: KeyboardEvent, items: readonly HTMLElement[]): void {
  const from = items.findIndex((item) => item.matches(':focus'));
  const to = from < 0 ? undefined : arrowTarget(event.key, from, items.length);
  if (to === undefined) return;
  event.preventDefault();
  setTabStop(items, to);
  items[to]?.focus();
}
