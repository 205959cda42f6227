import stringWidth from 'string-width';
import type { Page } from './page.ts';
import { paragraph } from './table.ts';

/** A name and what stands beside it; nothing is shown where that is undefined. */
export type Fact = readonly [name: string, value: string | undefined];

/** Names, and their values in a column beside them, folded to the page. */
export function factLines(facts: readonly Fact[], page: Page): string[] {
  const shown = facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const width = shown.reduce((most, [name]) => Math.max(most, stringWidth(name)), 0);
  return shown.map(([name, value]) => paragraph(value, page, `  ${name}${' '.repeat(width - stringWidth(name))}  `));
}
