/** Something in which two plans, or a plan and what is there now, differ. Values as in the document. */
export interface PlanChange {
  /** Where in the document: `stage.placement.segments.kernel.mem`. */
  readonly path: string;
  /** Undefined where only the other one has it. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

type Value = unknown;

/**
 * Compares two JSON values, member by member, in the order of the first one. Elements of lists are matched by their name
 * or page frame number where they have one, and otherwise by their place.
 */
export function diffJson(before: Value, after: Value, path = ''): PlanChange[] {
  const [one, other] = [membersOf(before, after), membersOf(after, before)];
  if (one === undefined || other === undefined) return leafChange(before, after, path);
  const changes: PlanChange[] = [];
  for (const [key, value] of one)
    for (const change of diffJson(value, other.get(key), join(path, key))) changes.push(change);
  for (const [key, value] of other)
    if (!one.has(key)) for (const change of diffJson(undefined, value, join(path, key))) changes.push(change);
  return changes;
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

function leafChange(before: Value, after: Value, path: string): PlanChange[] {
  const [was, is] = [textOf(before), textOf(after)];
  return was === is ? [] : [{ path, before: was, after: is }];
}

const textOf = (value: Value): string | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
};

/** Nothing has no members beside something that has some. */
function membersOf(value: Value, beside: Value): Map<string, Value> | undefined {
  if (value === undefined || value === null)
    return typeof beside === 'object' && beside !== null ? new Map() : undefined;
  if (Array.isArray(value)) return new Map(value.map((element, index) => [keyOf(element) ?? String(index), element]));
  if (typeof value === 'object') return new Map(Object.entries(value));
  return undefined;
}

/** What an element of a list is known by: segments by name, control pages by page frame number, runs by destination. */
function keyOf(element: Value): string | undefined {
  if (typeof element === 'string') return /^0x[0-9a-f]+(?= )/.exec(element)?.[0];
  if (typeof element !== 'object' || element === null) return undefined;
  if ('name' in element && typeof element.name === 'string') return element.name;
  if ('pfn' in element && typeof element.pfn === 'number') return `0x${element.pfn.toString(16)}`;
  return undefined;
}
