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

/** What opens and closes objects, and strings. */
const TOKEN = /["{}]/g;
const COLON = /\s*:/y;

/** A key that an object of a valid JSON text has twice. */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(text); token !== null; token = TOKEN.exec(text)) {
    if (token[0] === '{') open.push(new Set());
    else if (token[0] === '}') open.pop();
    else {
      const end = endOfString(text, token.index);
      TOKEN.lastIndex = end;
      COLON.lastIndex = end;
      if (!COLON.test(text)) continue;
      const written = text.slice(token.index, end);
      const key = written.includes('\\') ? String(JSON.parse(written)) : written.slice(1, -1);
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

/** Where a string that begins with the quote at `start` is over. No pattern: one for it would need room for each character. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text[before - 1] === '\\') before--;
    if ((at - before) % 2 === 0) return at + 1;
  }
  return text.length;
}
