import type { PlanChange } from '@kexeckit/reboot';
import pc from 'picocolors';
import type { View } from '../commands/command.ts';
import { EXIT } from '../exit-code.ts';
import { count, cut } from './format.ts';

/** Changes that are shown to people. */
const SHOWN = 40;
/** Characters of a value that are shown: long ones are bytes. */
const WIDTH = 72;

/** In what two plans differ. */
export const changesView: View<readonly PlanChange[]> = {
  text: (changes) => (changes.length === 0 ? 'the plans are the same\n' : `${changeLines(changes).join('\n')}\n`),
  json: (changes) => changes,
  exitCode: (changes) => (changes.length === 0 ? EXIT.done : EXIT.no),
};

/** Where each change is, and what stood there before and after; the first ones only. */
export function changeLines(changes: readonly PlanChange[]): string[] {
  const lines = changes.slice(0, SHOWN).flatMap(({ path, before, after }) => {
    const from = firstDifference(before ?? '', after ?? '');
    return [
      pc.bold(path),
      ...(before === undefined ? [] : [pc.red(`  - ${excerpt(before, from)}`)]),
      ...(after === undefined ? [] : [pc.green(`  + ${excerpt(after, from)}`)]),
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
function excerpt(text: string, from: number): string {
  if (text.length <= WIDTH || from < WIDTH / 2) return cut(text, WIDTH);
  return `…${cut(text.slice(from - WIDTH / 4), WIDTH - 1)}`;
}
