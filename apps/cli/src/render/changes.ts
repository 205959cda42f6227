import type { PlanChange } from '@kexeckit/reboot';
import type { View } from '../commands/command.ts';
import { EXIT } from '../exit-code.ts';
import type { DiffJson } from '../json/diff.ts';
import { count, cut } from './format.ts';
import type { Page } from './page.ts';
import { fold } from './table.ts';

/** Changes that are shown to people. */
const SHOWN = 40;
/** Characters of a value that are shown at most: long ones are bytes. */
const MOST = 72;
/** What stands before a value. */
const MARK = 4;

/** In what two plans differ. */
export const changesView: View<readonly PlanChange[]> = {
  text: (changes, page) =>
    changes.length === 0 ? 'the plans are the same\n' : `${changeLines(changes, page).join('\n')}\n`,
  json: (changes): DiffJson => ({ changes, totals: { changes: changes.length } }),
  exitCode: (changes) => (changes.length === 0 ? EXIT.done : EXIT.no),
};

/** Where each change is, and what stood there before and after; the first ones only. */
export function changeLines(changes: readonly PlanChange[], page: Page): string[] {
  const { color } = page;
  const width = Math.min(MOST, page.width - MARK);
  const lines = changes.slice(0, SHOWN).flatMap(({ path, before, after }) => {
    const from = firstDifference(before ?? '', after ?? '');
    return [
      color.bold(fold(path, page.width).join('\n')),
      ...(before === undefined ? [] : [color.red(`  - ${excerpt(before, from, width, page)}`)]),
      ...(after === undefined ? [] : [color.green(`  + ${excerpt(after, from, width, page)}`)]),
    ];
  });
  return changes.length > SHOWN ? [...lines, `and ${count(changes.length - SHOWN)} more`] : lines;
}

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}

/** What people can compare of a long text: the part where it begins to differ. */
function excerpt(text: string, from: number, width: number, page: Page): string {
  if (text.length <= width || from < width / 2) return cut(text, width, page);
  const before = page.signs.ellipsis;
  return `${before}${cut(text.slice(from - Math.floor(width / 4)), width - before.length, page)}`;
}
