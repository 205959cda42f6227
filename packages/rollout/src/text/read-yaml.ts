import { CORE_SCHEMA, FAILSAFE_SCHEMA, load, nullCoreTag, type Schema, YAMLException } from 'js-yaml';
import { RolloutError } from '../error.ts';
import { cut } from './shown.ts';

/** Every scalar is text as it is written, `1.10` and `007` as well; nothing is null. */
const TEXT_SCHEMA: Schema = FAILSAFE_SCHEMA.withTags(nullCoreTag);
/** Lists and mappings in each other: more than anything that is read here has. */
const DEPTH_MAX = 16;

/** What a file is, for errors, and what its scalars are. */
export interface YamlKind {
  /** Such as `the inventory`. */
  readonly what: string;
  readonly scalars: 'text' | 'typed';
  /** Characters. */
  readonly most: number;
}

/**
 * What a YAML 1.2 text says; JSON is YAML. Time and memory grow with its length: an alias is refused, so nothing is there twice.
 *
 * @throws RolloutError `EFBIG` · `EINVAL` for what is no YAML, a key that is there twice, an alias, a tag, more than one document.
 */
export function readYaml(text: string, { what, scalars, most }: YamlKind): unknown {
  if (text.length > most) {
    throw new RolloutError('EFBIG', `${what} has ${text.length} characters, more than ${most}`, 'split it');
  }
  try {
    return load(text, { schema: scalars === 'text' ? TEXT_SCHEMA : CORE_SCHEMA, maxAliases: 0, maxDepth: DEPTH_MAX });
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause;
    const where = cause.mark === undefined ? undefined : `line ${cause.mark.line + 1}, column ${cause.mark.column + 1}`;
    const place = where === undefined ? what : `${what}, ${where}`;
    throw new RolloutError('EINVAL', `${place}: ${cut(cause.reason, 200)}`, hintFor(cause.reason), { where, cause });
  }
}

function hintFor(reason: string): string {
  if (reason.includes('duplicated')) return 'give each key once';
  if (reason.includes('maxAliases')) return 'write it out: aliases are not followed';
  if (reason.includes('tag')) return 'leave the tag out';
  if (reason.includes('empty')) return 'give a file with content';
  return 'give YAML or JSON; text with other characters than letters and digits goes in quotes';
}
