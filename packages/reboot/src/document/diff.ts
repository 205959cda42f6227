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
 * or page frame number where all of both lists have one of their own, and otherwise by their place; another order of the
 * same elements is a change too.
 */
export function diffJson(before: Value, after: Value, path = ''): PlanChange[] {
  const pair = membersOfBoth(before, after);
  if (pair === undefined) return leafChange(before, after, path);
  const { one, other, isList } = pair;
  const changes: PlanChange[] = isList ? orderChange([...one.keys()], [...other.keys()], path) : [];
  for (const [key, value] of one)
    for (const change of diffJson(value, other.get(key), join(path, key))) changes.push(change);
  for (const [key, value] of other)
    if (!one.has(key)) for (const change of diffJson(undefined, value, join(path, key))) changes.push(change);
  return changes;
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

function leafChange(before: Value, after: Value, path: string): PlanChange[] {
  if (isNothing(before) && isNothing(after)) return [];
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ path, before: textOf(before), after: textOf(after) }];
}

const isNothing = (value: Value): boolean => value === undefined || value === null;

const textOf = (value: Value): string | undefined => {
  if (isNothing(value)) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
};

interface MembersOfBoth {
  readonly one: ReadonlyMap<string, Value>;
  readonly other: ReadonlyMap<string, Value>;
  readonly isList: boolean;
}

/** Undefined where the two are not of one kind with members; nothing has none beside something that has some. */
function membersOfBoth(before: Value, after: Value): MembersOfBoth | undefined {
  const [one, other] = [isNothing(before) ? emptyLike(after) : before, isNothing(after) ? emptyLike(before) : after];
  if (Array.isArray(one) && Array.isArray(other)) return membersOfLists(one, other);
  if (!isObject(one) || !isObject(other)) return undefined;
  return { one: new Map(Object.entries(one)), other: new Map(Object.entries(other)), isList: false };
}

const isObject = (value: Value): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function emptyLike(value: Value): Value {
  if (Array.isArray(value) && value.length > 0) return [];
  return isObject(value) && Object.keys(value).length > 0 ? {} : undefined;
}

function membersOfLists(one: readonly Value[], other: readonly Value[]): MembersOfBoth {
  const keyed = [one, other].map((list) => new Map(list.map((element) => [keyOf(element), element])));
  const [first, second] = keyed;
  const areKeyed = [one, other].every((list, at) => keyed[at]?.size === list.length && !keyed[at]?.has(undefined));
  if (!areKeyed || first === undefined || second === undefined)
    return { one: byPlace(one), other: byPlace(other), isList: false };
  return { one: named(first), other: named(second), isList: true };
}

const byPlace = (list: readonly Value[]): Map<string, Value> =>
  new Map(list.map((element, index) => [String(index), element]));

const named = (members: ReadonlyMap<string | undefined, Value>): Map<string, Value> =>
  new Map([...members].flatMap(([key, value]) => (key === undefined ? [] : [[key, value] as const])));

/** The first place where elements that both lists have stand in another order. */
function orderChange(one: readonly string[], other: readonly string[], path: string): PlanChange[] {
  const [inOne, inOther] = [new Set(one), new Set(other)];
  const [before, after] = [one.filter((key) => inOther.has(key)), other.filter((key) => inOne.has(key))];
  const at = before.findIndex((key, index) => after[index] !== key);
  if (at < 0) return [];
  return [{ path: join(path, `order.${at}`), before: before[at], after: after[at] }];
}

/** What an element of a list is known by: segments by name, control pages by page frame number, runs by destination. */
function keyOf(element: Value): string | undefined {
  if (typeof element === 'string') return /^0x[0-9a-f]+(?= )/.exec(element)?.[0];
  if (typeof element !== 'object' || element === null) return undefined;
  if ('name' in element && typeof element.name === 'string') return element.name;
  if ('pfn' in element && typeof element.pfn === 'number') return `0x${element.pfn.toString(16)}`;
  return undefined;
}
