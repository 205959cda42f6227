import { isDeepStrictEqual } from 'node:util';
import { type Deviation, deviationFor } from './deviations.ts';
import { objectOf } from './fields.ts';

/** What a package says to a record of a file, and what the real kernel said. */
export interface Answered {
  readonly id: string;
  readonly tags: readonly unknown[];
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Something that answers for some records; `undefined` for those of others. */
export type Answerer = (record: Readonly<Record<string, unknown>>) => Answered | undefined;

/** One record that did not agree. */
export interface Disagreement {
  readonly id: string;
  readonly expected: unknown;
  readonly actual: unknown;
  /** Why that is meant to be so; without one it is a failure. */
  readonly deviation: Deviation | undefined;
}

/** How the records of a file did. */
export interface Outcome {
  readonly passed: number;
  readonly disagreements: readonly Disagreement[];
}

/** Answers every line of a file of JSON lines. A line that nobody can answer, or that is not JSON, is a failure. */
export function runLines(
  lines: readonly string[],
  answerers: readonly Answerer[],
  deviations: readonly Deviation[],
): Outcome {
  let passed = 0;
  const disagreements: Disagreement[] = [];
  lines.forEach((line, index) => {
    if (line.trim() === '') return;
    const answered = answerLine(line, index + 1, answerers);
    if (isDeepStrictEqual(answered.actual, answered.expected)) passed += 1;
    else disagreements.push({ ...answered, deviation: deviationFor(deviations, answered.id, answered.tags) });
  });
  return { passed, disagreements };
}

function answerLine(line: string, number: number, answerers: readonly Answerer[]): Answered {
  const broken = (id: string, why: unknown): Answered => ({
    id,
    tags: [],
    expected: 'an answer',
    actual: why instanceof Error ? `${why.name}: ${why.message}` : String(why),
  });
  let id = `line ${number}`;
  try {
    const record = objectOf(JSON.parse(line));
    id = String(record.id ?? record.name ?? id);
    for (const answer of answerers) {
      const answered = answer(record);
      if (answered !== undefined) return answered;
    }
    return broken(id, `no package answers for ${String(record.fn ?? 'a record without fn')}`);
  } catch (error) {
    return broken(id, error);
  }
}
