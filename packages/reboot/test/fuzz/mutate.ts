import { hostileText, hostileWord } from './hostile.ts';
import type { Random } from './random.ts';

/** What JSON consists of. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

/** Numbers that JSON has. */
const NUMBERS = [0, 1, -1, 0.5, 3, 16, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53, 1e300, -0];

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Changes one thing somewhere in a document, mostly into something that still looks right. */
export function mutate(value: Value, random: Random): Value {
  if (typeof value === 'string') return mutateText(value, random);
  if (typeof value === 'number') return random.chance(0.5) ? value + random.pick([1, -1, 512]) : random.pick(NUMBERS);
  if (typeof value === 'boolean') return random.chance(0.8) ? !value : null;
  if (value === null)
    return random.pick<Value>(['0x40000000', 0, '', {}, [], { start: '0x0', end: '0xffffffffffffffff' }]);
  if (Array.isArray(value)) return mutateList(value, random);
  return mutateMember(value, random);
}

const RUN = /^0x[0-9a-f]+ 0x[0-9a-f]+ [0-9]+$/;

function mutateText(text: string, random: Random): string {
  if (RUN.test(text)) return mutateRun(text, random);
  if (/^0x[0-9a-f]+$/.test(text)) {
    if (random.chance(0.5)) return hex(hostileWord(random));
    return hex(BigInt.asUintN(64, BigInt(text) + random.pick([4096n, -4096n, 1n, -1n, 1n << 21n, 1n << 48n])));
  }
  if (text.length > 500) return mutateBytes(text, random);
  return random.chance(0.7) ? hostileText(random) : `${text}${hostileText(random)}`;
}

function mutateRun(text: string, random: Random): string {
  const parts = text.split(' ');
  const at = random.below(3);
  const pages = ['0', '1', '511', '4294967295', '4294967296', '9999999999', '8389120'];
  parts[at] = at === 2 ? random.pick(pages) : hex(hostileWord(random) >> random.pick([12n, 12n, 24n]));
  return parts.join(' ');
}

/** Base64 of a page or of a device tree: another byte, another length, or none. */
function mutateBytes(text: string, random: Random): string {
  const at = random.below(text.length);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text + text.slice(0, at);
    case 2:
      return `${text.slice(0, at)}=${text.slice(at + 1)}`;
    default:
      return `${text.slice(0, at)}${random.pick(['A', '/', 'x', '9'])}${text.slice(at + 1)}`;
  }
}

function mutateList(list: readonly Value[], random: Random): Value[] {
  const made = [...list];
  const at = random.below(made.length + 1);
  const picked = made[Math.min(at, made.length - 1)];
  if (picked === undefined) return [random.pick<Value>([0, '0x0', {}, '0x1 0x2 3'])];
  switch (random.below(12)) {
    case 0:
      made.splice(at, 1);
      return made;
    case 1:
      made.splice(at, 0, structuredClone(picked));
      return made;
    case 2:
      return made.toReversed();
    case 3:
      return Array.from({ length: random.pick([17, 300]) }, () => structuredClone(picked));
    default:
      made[made.indexOf(picked)] = mutate(picked, random);
      return made;
  }
}

function mutateMember(value: { readonly [key: string]: Value }, random: Random): Value {
  const made = { ...value };
  const keys = Object.keys(made);
  if (keys.length === 0 || random.chance(0.02)) return { ...made, [hostileText(random)]: nested(random) };
  const key = random.pick(keys);
  const member = made[key];
  if (member === undefined) return made;
  const choice = random.below(100);
  if (choice === 0) delete made[key];
  else made[key] = choice === 1 ? null : mutate(member, random);
  return made;
}

function nested(random: Random): Value {
  let value: Value = 0;
  for (let depth = random.pick([1, 100, 1000]); depth > 0; depth--) value = [value];
  return value;
}
