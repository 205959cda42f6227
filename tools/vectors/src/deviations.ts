import { arrayOf, objectOf, text } from './fields.ts';

/** A decision to answer otherwise than Linux does. */
export interface Deviation {
  /** Ids that it is for; `*` stands for anything. */
  readonly id: string;
  /** A tag that the case must have: only what is tagged as a quirk may be rejected on purpose. */
  readonly tag: string;
  readonly reason: string;
}

/** Reads the list of decisions. @throws TypeError for a list of another shape. */
export function readDeviations(json: string): Deviation[] {
  return arrayOf(JSON.parse(json))
    .map(objectOf)
    .map((entry) => ({ id: text(entry, 'id'), tag: text(entry, 'tag'), reason: text(entry, 'reason') }));
}

/** The decision that covers a case, if any. */
export function deviationFor(
  deviations: readonly Deviation[],
  id: string,
  tags: readonly unknown[],
): Deviation | undefined {
  return deviations.find((deviation) => tags.includes(deviation.tag) && matches(deviation.id, id));
}

function matches(pattern: string, id: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(id);
}
