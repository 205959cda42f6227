import * as v from 'valibot';
import { RolloutError } from '../error.ts';
import { refusal } from './fields.ts';
import { cut, shown } from './shown.ts';

/**
 * What a value is by a schema.
 *
 * @param what the whole, such as `the policy`, for a fault of it all.
 * @throws RolloutError `EINVAL` with the place of the first fault. The schema's own messages are its hints.
 */
export function readBy<Output>(schema: v.GenericSchema<unknown, Output>, value: unknown, what: string): Output {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusal(what, `this is ${shown(value)}`, 'give a mapping', value);
  }
  const result = v.safeParse(schema, value, { abortEarly: true, abortPipeEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = issue.path === undefined ? what : pathOf(issue.path);
  if (issue.type === 'strict_object' && issue.path !== undefined) {
    // A field that there is not is received as its name; one that is missing is received as nothing.
    const key = issue.path.at(-1)?.key;
    const known = issue.expected;
    if (known === 'never') {
      const above = issue.path.length === 1 ? what : pathOf(issue.path.slice(0, -1));
      throw refusal(above, `there is no ${shown(key)}`, 'look for a slip in its name, or leave it out', key);
    }
    throw refusal(where, 'this is missing', 'give it');
  }
  throw new RolloutError('EINVAL', `${where}: this is ${shown(issue.input)}`, hintOf(issue), {
    where,
    value: shown(issue.input),
  });
}

/** The schema's own message, or what was expected where it has none. */
function hintOf(issue: v.BaseIssue<unknown>): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  return issue.expected === null ? 'give what the format says' : `give ${cut(issue.expected, 200)}`;
}

function pathOf(path: readonly v.IssuePathItem[]): string {
  let text = '';
  for (const { key } of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += `${text === '' ? '' : '.'}${cut(String(key), 80)}`;
  }
  return text;
}
