import { encodeImageHeader, type ImageFlags } from '@kexeckit/boot-image';
import { ensureNode, parseFdt, serializeFdt, setProperty } from '@kexeckit/fdt';
import { describe, expect, test } from 'vitest';
import { example } from '../../test/example.ts';
import { prove } from './prove.ts';
import type { CpuFeatures } from './world.ts';

const made = example();

/** What the proof says of the hand-over where a segment has other bytes of the same length, on a CPU like this. */
function saidOf(
  name: string,
  change: (bytes: Uint8Array) => Uint8Array,
  features: Partial<CpuFeatures> = {},
): string[] {
  const { plan, image, contents, world } = made;
  const bytes = change(new Uint8Array(contents.get(name) ?? []));
  const changed = new Map([...contents, [name, bytes]]);
  const other = { ...world, features: { ...world.features, ...features } };
  return prove(plan, image, changed, other)
    .violations.filter(({ invariant }) => invariant === 'hand-over')
    .map(({ detail }) => detail);
}

const blob = made.contents.get('dtb') ?? new Uint8Array();

/** The blob with a name in it written otherwise. */
const renamed = (from: string, to: string) => (): Uint8Array =>
  Buffer.from(Buffer.from(blob).toString('latin1').replace(from, to), 'latin1');

describe('a tree for the next kernel', () => {
  test('as it is planned is in order', () => {
    expect(saidOf('dtb', (bytes) => bytes)).toEqual([]);
  });

  test.each<[string, () => Uint8Array, string]>([
    ['does not say that a kexec boots it', renamed('linux,booted-from', 'linux,booted-forX'), 'that a kexec boots it'],
    ['has no kaslr-seed', renamed('kaslr-seed', 'kaslr-seef'), 'its kaslr-seed has no bytes'],
    ['has a kaslr-seed of 0', () => withoutKaslr(), 'its kaslr-seed is 0'],
    ['has no rng-seed', renamed('\0rng-seed\0', '\0rng-seef\0'), 'its rng-seed is empty'],
    ...['linux,elfcorehdr', 'linux,ima-kexec-buffer', 'linux,kho-fdt', 'linux,kho-scratch'].map(
      (name): [string, () => Uint8Array, string] => [
        `still has ${name}`,
        // As long as the name that it takes the place of.
        renamed('linux,booted-from-kexec'.slice(0, name.length + 1), `${name}\0`),
        `its /chosen has ${name}`,
      ],
    ),
    ['does not keep its initramfs', () => withoutReservation(), 'it does not reserve the initramfs'],
  ])('that %s is refused', (_, change, detail) => {
    expect(saidOf('dtb', change)).toContainEqual(expect.stringContaining(detail));
  });
});

/** The same length, but for the reservation: it is elsewhere. */
function withoutReservation(): Uint8Array {
  const fdt = parseFdt(blob);
  fdt.reservations = fdt.reservations.map(({ size }) => ({ address: 0x4700_0000n, size }));
  return serializeFdt(fdt);
}

function withoutKaslr(): Uint8Array {
  const fdt = parseFdt(blob);
  setProperty(ensureNode(fdt, '/chosen'), 'kaslr-seed', new Uint8Array(8));
  return serializeFdt(fdt);
}

describe('a kernel', () => {
  const withFlags = (flags: Partial<ImageFlags>) => (bytes: Uint8Array) => {
    const imageSize = made.plan.placement.segments[0]?.memsz ?? 0n;
    bytes.set(
      encodeImageHeader({
        imageSize,
        flags: { endianness: 'little', pageSize: '4K', placement: 'anywhere', ...flags },
      }),
    );
    return bytes;
  };
  const pages = 'it has 64K pages, which the CPU does not have';
  const order = 'it is big-endian, which the CPU is not';

  test.each<[Partial<ImageFlags>, Partial<CpuFeatures>, string[]]>([
    [{ pageSize: '64K' }, { granules: ['4K'] }, [pages]],
    [{ pageSize: '64K' }, { granules: ['4K'], mayHaveMore: true }, []],
    [{ pageSize: '64K' }, { granules: ['4K', '64K'] }, []],
    [{ endianness: 'big' }, { bigEndian: false }, [order]],
    [{ endianness: 'big' }, { bigEndian: true }, []],
    [{ endianness: 'big' }, {}, []],
  ])('%j on %j', (flags, features, expected) => {
    expect(saidOf('kernel', withFlags(flags), features)).toEqual(expected);
  });
});
