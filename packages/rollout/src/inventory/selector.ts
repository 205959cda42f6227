import { refusal } from '../text/fields.ts';
import { shown } from '../text/shown.ts';
import type { HostEntry } from './host.ts';
import { checkLabelKey, checkLabelValue } from './names.ts';

/** What a label of a host has to be. */
export interface Requirement {
  readonly key: string;
  readonly is: 'there' | 'absent' | 'equal' | 'other';
  /** Empty where it is not compared. */
  readonly value: string;
}

/** All of these; none is every host. */
export type Selector = readonly Requirement[];

const SELECTOR_MAX = 4096;
/** A key and what follows it; white space was taken off. */
const EQUATION = /^([^=!\s]+)\s*(==?|!=)\s*(.*)$/;

/**
 * A selector as Kubernetes' equality-based ones: `role=canary`, `zone!=eu-1` (another zone, or none), `rack` (there), `!rack` (not
 * there), several with commas between them. An empty one fits every host.
 *
 * @param where the place that errors name.
 * @throws RolloutError `EINVAL`
 */
export function parseSelector(text: string, where = 'the selector'): Selector {
  if (text.length > SELECTOR_MAX) throw refusal(where, `${text.length} characters`, `give at most ${SELECTOR_MAX}`);
  if (text.trim() === '') return [];
  return text.split(',').map((part) => requirement(part.trim(), where));
}

function requirement(part: string, where: string): Requirement {
  if (part === '') throw refusal(where, 'a requirement between commas is empty', 'leave the comma out');
  const [, key, operator, value = ''] = EQUATION.exec(part) ?? [];
  if (key === undefined) {
    const isAbsent = part.startsWith('!');
    const name = isAbsent ? part.slice(1).trim() : part;
    if (/[\s()]/.test(name)) {
      throw refusal(where, `${shown(part)} is no requirement`, 'give key=value, key!=value, key or !key', part);
    }
    checkLabelKey(name, where);
    return { key: name, is: isAbsent ? 'absent' : 'there', value: '' };
  }
  checkLabelKey(key, where);
  return { key, is: operator === '!=' ? 'other' : 'equal', value: checkLabelValue(value, where) };
}

/** Whether a host's labels are as a selector wants them. */
export function selects(selector: Selector, { labels }: Pick<HostEntry, 'labels'>): boolean {
  return selector.every((each) => {
    const has = Object.hasOwn(labels, each.key) ? labels[each.key] : undefined;
    if (each.is === 'there') return has !== undefined;
    if (each.is === 'absent') return has === undefined;
    return (has === each.value) === (each.is === 'equal');
  });
}
