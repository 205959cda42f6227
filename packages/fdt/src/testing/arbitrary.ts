import * as fc from 'fast-check';
import type { Fdt, FdtNode, FdtProperty, FdtReservation } from '../tree.ts';

const NAME_CHARACTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,._+-'];

const baseName = fc.string({ unit: fc.constantFrom(...NAME_CHARACTERS), minLength: 1, maxLength: 12 });
const propertyName = fc.tuple(fc.constantFrom('', '#', 'linux,'), baseName).map(([prefix, name]) => prefix + name);
const nodeName = fc
  .tuple(baseName, fc.option(fc.nat({ max: 0xffffffff }), { nil: undefined }))
  .map(([name, unit]) => (unit === undefined ? name : `${name}@${unit.toString(16)}`));

/** Any bytes, and often such that look like text or cells. */
const value = fc.oneof(
  fc.uint8Array({ maxLength: 24 }),
  fc.constant(new Uint8Array(0)),
  fc.array(fc.string({ maxLength: 8 }), { minLength: 1, maxLength: 3 }).map((texts) => {
    return new TextEncoder().encode(texts.map((text) => `${text}\0`).join(''));
  }),
);

const property: fc.Arbitrary<FdtProperty> = fc.record({ name: propertyName, value });

function nodeOf(levels: number): fc.Arbitrary<FdtNode> {
  const children: fc.Arbitrary<FdtNode[]> =
    levels === 1
      ? fc.constant<FdtNode[]>([])
      : fc.uniqueArray(nodeOf(levels - 1), { selector: ({ name }) => name, maxLength: 3 });
  return fc.record({
    name: nodeName,
    properties: fc.uniqueArray(property, { selector: ({ name }) => name, maxLength: 4 }),
    children,
  });
}

const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const reservation: fc.Arbitrary<FdtReservation> = fc.record({
  address: u64,
  size: fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }),
});

/** Any tree that can be written. */
export const tree: fc.Arbitrary<Fdt> = fc.record({
  bootCpuidPhys: fc.nat({ max: 0xffffffff }),
  reservations: fc.array(reservation, { maxLength: 3 }),
  root: nodeOf(4).map((root) => ({ ...root, name: '' })),
});
