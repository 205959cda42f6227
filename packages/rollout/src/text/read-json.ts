import { RolloutError } from '../error.ts';
import { shown } from './shown.ts';

/**
 * What a JSON text says.
 *
 * @throws RolloutError `EFBIG` · `EINVAL` for what is no JSON, and for a key that is there twice, of which JSON.parse takes the last.
 */
export function readJson(text: string, what: string, most: number): unknown {
  if (text.length > most) {
    throw new RolloutError('EFBIG', `${what} has ${text.length} characters, more than ${most}`, 'split the rollout');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RolloutError('EINVAL', `${what} is no JSON`, 'give the file as it was written', { cause });
  }
  const repeated = repeatedKey(text);
  if (repeated === undefined) return value;
  const message = `${what}: the key ${shown(repeated)} is twice in one object`;
  throw new RolloutError('EINVAL', message, 'give the file as it was written', { value: shown(repeated) });
}

/** Strings, and what opens and closes objects and lists. */
const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g;

/** A key that an object of a valid JSON text has twice. */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const { 0: token, 1: colon } of text.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (colon !== undefined) {
      const written = token.slice(0, -colon.length);
      const key = written.includes('\\') ? String(JSON.parse(written)) : written.slice(1, -1);
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
