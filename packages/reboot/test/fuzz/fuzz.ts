import { typedError } from './outcome.ts';
import { anyPart, stage } from './parts.ts';
import { memoryMap, options, request } from './planned.ts';
import { Random } from './random.ts';
import { savedPlan } from './saved-plan.ts';
import type { Target } from './target.ts';

/** What is fuzzed, and how often of ten times: the quick ones more. */
const shares: readonly (readonly [Target, number])[] = [
  [savedPlan, 3],
  [memoryMap, 1],
  [request, 1],
  [options, 1],
  [stage, 2],
  [anyPart, 2],
];
const wheel: readonly Target[] = shares.flatMap(([target, share]) => Array.from({ length: share }, () => target));

/** An input that was answered otherwise than with an error of ours. */
interface Finding {
  readonly target: string;
  /** The number of the input: `fuzz` from it on, once, shows it again. */
  readonly input: number;
  readonly error: string;
}

/** What came of many inputs. */
export interface FuzzReport {
  /** How often each answer was given, by target. */
  readonly answers: ReadonlyMap<string, number>;
  readonly untyped: readonly Finding[];
  /** The longest that an input took, in milliseconds of this process's time, and which it was. */
  readonly slowest: { readonly input: number; readonly milliseconds: number };
}

/** Tries inputs by their numbers: each says all about one input. */
export async function fuzz(first: number, count: number): Promise<FuzzReport> {
  const answers = new Map<string, number>();
  const untyped: Finding[] = [];
  let slowest = { input: first, milliseconds: 0 };
  for (let input = first; input < first + count; input++) {
    const target = wheel[input % wheel.length] ?? anyPart;
    const before = process.cpuUsage();
    const answer = await answerOf(target, new Random(input));
    const { user, system } = process.cpuUsage(before);
    const milliseconds = (user + system) / 1000;
    if (milliseconds > slowest.milliseconds) slowest = { input, milliseconds };
    if (answer.error !== undefined) untyped.push({ target: target.name, input, error: answer.error });
    const key = `${target.name}: ${answer.kind}`;
    answers.set(key, (answers.get(key) ?? 0) + 1);
  }
  return { answers, untyped, slowest };
}

async function answerOf(target: Target, random: Random): Promise<{ readonly kind: string; readonly error?: string }> {
  try {
    await target.run(random);
    return { kind: 'done' };
  } catch (error) {
    const kind = typedError(error);
    if (kind !== undefined) return { kind };
    return { kind: 'untyped', error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
