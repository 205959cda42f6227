import { visible } from '../text/shown.ts';

/** HTML that may stand as it is. */
export interface Markup {
  readonly source: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text of any origin as it stands between tags and in quotes: no tag, no entity, no control character comes of it. */
function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** HTML with values in it: what is not markup already is text, and escaped. */
export function markup(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Markup | readonly Markup[])[]
): Markup {
  let source = strings[0] ?? '';
  for (const [at, value] of values.entries()) source += sourceOf(value) + (strings[at + 1] ?? '');
  return { source };
}

function sourceOf(value: string | number | Markup | readonly Markup[]): string {
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return 'source' in value ? value.source : value.map(({ source }) => source).join('');
}
