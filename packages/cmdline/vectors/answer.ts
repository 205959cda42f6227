import {
  type CrashkernelMode,
  getOption,
  getOptions,
  type KernelVersion,
  memparse,
  nextArg,
  type ParsedNumber,
  parameq,
  parameqn,
  parseArgs,
  parseCrashkernel,
  parseOptionStr,
  simpleStrtol,
  simpleStrtoull,
} from '@kexeckit/cmdline';
import { type Fields, hex, num, objectOf, text, u64 } from '@kexeckit/vectors';

/** One case of a reference vector file; the format is described next to the vectors. */
export interface VectorCase {
  id: string;
  fn: string;
  input: unknown;
}

type Answer = (input: Fields, kernel: KernelVersion) => unknown;

function numberAnswer({ value, consumed }: ParsedNumber): unknown {
  return { value: hex(value), consumed };
}

function options(input: Fields, kernel: KernelVersion): unknown {
  const nints = num(input, 'nints');
  const { count, values, consumed } = getOptions(text(input, 's'), nints === 0 ? undefined : nints - 1, kernel);
  const ints = new Array<number>(Math.max(nints, 1)).fill(0);
  for (const [i, value] of values.entries()) ints[i + 1] = value;
  ints[0] = count;
  return { ints, consumed };
}

function args(input: Fields): unknown {
  const handlers = objectOf(input.handlers);
  const tokens: [string, string | null][] = [];
  const { ret, afterDashdash, log } = parseArgs(text(input, 'args'), (param, value) => {
    tokens.push([param, value]);
    return Object.hasOwn(handlers, param) ? num(handlers, param) : 0;
  });
  return { tokens, ret, after_dashdash: afterDashdash, log };
}

const MODES: readonly CrashkernelMode[] = ['generic', 'generic-nocma', 'legacy', 'legacy-cma'];

function crashkernel(input: Fields, kernel: KernelVersion): unknown {
  const mode = MODES.find((known) => known === input.mode);
  if (!mode) throw new TypeError(`unknown mode ${JSON.stringify(input.mode)}`);
  const verdict = parseCrashkernel(text(input, 'cmdline'), u64(input, 'system_ram'), {
    mode,
    kernel,
    defaultLow: u64(input, 'default_low'),
  });
  return {
    ret: verdict.ret,
    crash_size: hex(verdict.size),
    crash_base: hex(verdict.base),
    low_size: hex(verdict.lowSize),
    high: verdict.high,
    cma_size: hex(verdict.cmaSize),
    log: verdict.log,
  };
}

const ANSWERS = new Map<string, Answer>([
  ['memparse', (input, kernel) => numberAnswer(memparse(text(input, 's'), kernel))],
  ['simple_strtoull', (input, kernel) => numberAnswer(simpleStrtoull(text(input, 's'), num(input, 'base'), kernel))],
  [
    'simple_strtol',
    (input, kernel) => {
      const { value, consumed } = simpleStrtol(text(input, 's'), num(input, 'base'), kernel);
      return { value: String(value), consumed };
    },
  ],
  [
    'get_option',
    (input, kernel) => {
      const { kind, value, consumed } = getOption(text(input, 's'), kernel);
      return { ret: kind, value, consumed };
    },
  ],
  ['get_options', options],
  [
    'next_arg',
    (input) => {
      const { param, val, rest, restOffset } = nextArg(text(input, 'args'));
      return { param, val, rest, rest_offset: restOffset };
    },
  ],
  ['parse_args', args],
  ['parameq', (input) => ({ equal: parameq(text(input, 'a'), text(input, 'b')) })],
  ['parameqn', (input) => ({ equal: parameqn(text(input, 'a'), text(input, 'b'), num(input, 'n')) })],
  ['parse_option_str', (input) => ({ found: parseOptionStr(text(input, 'str'), text(input, 'option')) })],
  ['parse_crashkernel', crashkernel],
]);

/** The functions that this package answers for. */
export const functions: readonly string[] = [...ANSWERS.keys()];

/** What the package says to a case under a kernel's rules, in the shape of the vectors' `output`. */
export function answer(vector: VectorCase, kernel: KernelVersion = '7.3'): unknown {
  const answerer = ANSWERS.get(vector.fn);
  if (!answerer) throw new TypeError(`${vector.id}: unknown function ${JSON.stringify(vector.fn)}`);
  return answerer(objectOf(vector.input), kernel);
}
