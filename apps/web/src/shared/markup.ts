/** A piece of HTML or of XML that can be put into a page as it is: what is in it is escaped. */
export interface Markup {
  readonly source: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text without what XML would take for its own, and without what it cannot hold. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '')
    .replaceAll(/(?![\t\n])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD');

const joined = (pieces: readonly Markup[]): string => pieces.map(({ source }) => source).join('');

/** Numbers to two decimals: more than a screen shows. */
const valueText = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 100) / 100) : escaped(value);

/** An element with what is in it: a text, or elements. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: string | readonly Markup[] = [],
): Markup {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${valueText(value)}"`);
  const inner = typeof content === 'string' ? escaped(content) : joined(content);
  return { source: `<${name}${given.join('')}${inner === '' ? '/>' : `>${inner}</${name}>`}` };
}

/** What can stand in a template: text is escaped, markup is not. */
type Part = string | Markup | readonly Markup[];

function sourceOf(part: Part): string {
  if (typeof part === 'string') return escaped(part);
  return 'source' in part ? part.source : joined(part);
}

/** Markup from a template, in which everything that is put in is escaped unless it is markup itself. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const rest = parts.map((part, index) => sourceOf(part) + (strings[index + 1] ?? ''));
  return { source: (strings[0] ?? '') + rest.join('') };
}
