import type { CopyRun } from '@kexeckit/relocation';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import type { RebootPlan } from '../plan/plan.ts';
import { toBase64 } from './base64.ts';
import { FORMAT, validatePlan } from './schema.ts';

/** What JSON consists of. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A plan as plain JSON values: addresses are `0x…` strings, page frames numbers, runs of copies a line each, bytes base64. */
export function planToJson(plan: RebootPlan): { readonly [key: string]: Json } {
  return membersToJson(plan);
}

const membersToJson = (value: object): { readonly [key: string]: Json } =>
  Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toJson(member)]));

/** What is not there is `null`. */

function toJson(value: unknown): Json {
  if (typeof value === 'bigint') return hex(value);
  if (value instanceof Uint8Array) return toBase64(value);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (isRuns(value)) return Array.from(value, runText);
  if (typeof value !== 'object' || value === null) return null;
  return membersToJson(value);
}

/** The copies are the only thing in a plan that is iterated over. */
const isRuns = (value: unknown): value is Iterable<CopyRun> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

const runText = ({ source, destination, pages }: CopyRun): string => `${hex(destination)} ${hex(source)} ${pages}`;

/**
 * A plan as the text of a file. Same plan, same text. It is sealed: a SHA-256 over its content shows that nobody has
 * changed it since. Whoever wants to change a plan makes another one.
 */
export function savePlan(plan: RebootPlan): string {
  const content = planToJson(plan);
  return `${JSON.stringify({ format: FORMAT, seal: sealOf(content), ...content }, null, 1)}\n`;
}

/** Over the content's compact JSON, so that white space does not count. */
const sealOf = (content: { readonly [key: string]: unknown }): string =>
  bytesToHex(sha256(utf8ToBytes(JSON.stringify(content))));

const HINT = 'make it again with --save-plan';

/** Characters of a plan's text at most: two million runs of pages, with their lists and tables. */
export const PLAN_TEXT_MAX: number = 2 ** 26;
/** Values in it at most: each takes many times the memory of the few characters that it may have. */
const PLAN_VALUES_MAX = 2 ** 21;

/**
 * Reads a plan back.
 *
 * Time and memory are in proportion to the text, whatever it says.
 *
 * @throws RebootError in phase `inputs`: `EINVAL` naming the first thing that is wrong, and where; `EBADMSG` for a plan
 * that was changed after it was saved.
 */
export function parsePlan(text: string): RebootPlan {
  if (typeof text !== 'string') throw wrong('it is not text');
  if (text.length > PLAN_TEXT_MAX) throw wrong(`it has ${text.length} characters`);
  if (countValues(text) > PLAN_VALUES_MAX) throw wrong(`it has more than ${PLAN_VALUES_MAX} values`);
  const { format, seal, ...content } = parseObject(text);
  if (format !== FORMAT) throw wrong(`its format is ${shown(format)}, not "${FORMAT}"`);
  const validated = validatePlan(content);
  if (validated.plan === undefined) throw wrong(`at ${validated.path}: ${validated.message}`);
  if (seal !== sealOfUntrusted(content))
    throw new RebootError('EBADMSG', 'the plan was changed after it was saved: its seal does not match', HINT, {
      phase: phases.inputs,
    });
  return validated.plan;
}

/** A value for a message; it can be anything, and of any size. */
const shown = (value: unknown): string =>
  value === undefined ? 'missing' : typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : typeof value;

const wrong = (what: string, cause?: unknown): RebootError =>
  new RebootError('EINVAL', `the plan is wrong: ${what}`, HINT, { phase: phases.inputs, cause });

/** Nesting that no plan has ends in a stack that is too deep. */
function sealOfUntrusted(content: { readonly [key: string]: unknown }): string {
  try {
    return sealOf(content);
  } catch (cause) {
    throw wrong('it cannot be sealed: it is nested too deeply', cause);
  }
}

/** How many values a JSON text has at most: each stands behind a comma or a bracket. */
function countValues(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === BRACKET || code === BRACE) count += 1;
  }
  return count;
}

const [COMMA, BRACKET, BRACE] = [0x2c, 0x5b, 0x7b];

function parseObject(text: string): { readonly [key: string]: unknown } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw wrong('it is not JSON', cause);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw wrong('it is not a JSON object');
  return { ...parsed };
}
