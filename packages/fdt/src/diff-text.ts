import type { FdtChange } from './diff.ts';
import { printProperty, printSubtree } from './dts/print.ts';
import type { FdtReservation } from './tree.ts';

/** How changes are said. */
export interface DiffTextOptions {
  /** Whether properties of which only the numbers of phandles differ are shown too. By default they are counted. */
  readonly renumbered?: boolean;
}

/**
 * Changes as people read them: under the path of each node what is gone (`-`) and what is new (`+`), as DTS has it. Empty
 * where nothing differs.
 */
export function printDiff(changes: readonly FdtChange[], { renumbered = false }: DiffTextOptions = {}): string {
  const lines: string[] = [];
  let shown: string | undefined;
  let hidden = 0;
  for (const change of changes) {
    if (change.kind === 'property-changed' && change.isRenumbered && !renumbered) {
      hidden++;
      continue;
    }
    const path = 'path' in change ? change.path : undefined;
    if (path !== undefined && path !== shown) lines.push(path);
    shown = path;
    lines.push(...linesOf(change));
  }
  if (hidden === 1) lines.push('(1 property differs only in the numbers of phandles)');
  else if (hidden > 1) lines.push(`(${hidden} properties differ only in the numbers of phandles)`);
  return lines.map((line) => `${line}\n`).join('');
}

function linesOf(change: FdtChange): string[] {
  switch (change.kind) {
    case 'boot-cpu':
      return [`- boot CPU 0x${change.before.toString(16)}`, `+ boot CPU 0x${change.after.toString(16)}`];
    case 'reservation-removed':
      return [`- ${reservationText(change.reservation)}`];
    case 'reservation-added':
      return [`+ ${reservationText(change.reservation)}`];
    case 'property-removed':
      return marked('-', printProperty(change.property));
    case 'property-added':
      return marked('+', printProperty(change.property));
    case 'property-changed':
      return [...marked('-', printProperty(change.before)), ...marked('+', printProperty(change.after))];
    case 'node-removed':
      return marked('-', printSubtree(change.node));
    case 'node-added':
      return marked('+', printSubtree(change.node));
    case 'reordered':
      return [`  its ${change.what} are in another order`];
  }
}

function marked(mark: string, text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? mark : `${mark}   ${line}`));
}

function reservationText({ address, size }: FdtReservation): string {
  return `/memreserve/ 0x${address.toString(16)} 0x${size.toString(16)};`;
}
