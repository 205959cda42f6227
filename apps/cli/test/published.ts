import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { assert } from 'vitest';

const folder = join(import.meta.dirname, '../schema');
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
const compiled = new Map<string, ValidateFunction>();

/** The published schema of this name. */
function validatorOf(name: string): ValidateFunction {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const made = ajv.compile(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
  compiled.set(name, made);
  return made;
}

/** What the command was called before. */
const FORMERLY: Readonly<Record<string, string>> = { preflight: 'doctor' };

/** The schema of a command line: that of its command, which may have two words. */
function nameOf([first = '', second = '']: readonly string[]): string {
  const name = FORMERLY[first] ?? first;
  return existsSync(join(folder, `${name}-${second}.json`)) ? `${name}-${second}` : name;
}

/** Exit codes of signals are above. */
const SIGNALS = 128;
/** Nobody reads the output. */
const SIGPIPE = 141;

/** Whether a command line asks for JSON. kexec takes its whole line by rules of its own. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  return args[0] !== 'kexec' && own.includes('--json') && !own.includes('--help');
}

/**
 * Holds what a command line printed against the schema that is published for it, or that of errors. A process that was killed, or that
 * nobody read, may have printed anything; one that was interrupted, nothing.
 */
export function assertPublished(args: readonly string[], out: string, code: number | null): void {
  if (!wantsJson(args) || code === null || code === SIGPIPE) return;
  if (out === '' && code > SIGNALS) return;
  const line = `kexeckit ${args.join(' ')}`;
  const printed = parsed(line, out);
  const isError = typeof printed === 'object' && printed !== null && 'error' in printed;
  const name = isError ? 'error' : nameOf(args);
  const validate = validatorOf(name);
  if (!validate(printed))
    assert.fail(`${line} prints what schema/${name}.json has not: ${ajv.errorsText(validate.errors)}`);
}

function parsed(line: string, out: string): unknown {
  try {
    return JSON.parse(out);
  } catch {
    return assert.fail(`${line} prints what is no JSON: ${out.slice(0, 200)}`);
  }
}
