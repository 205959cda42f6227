import { hasFlags, IORESOURCE, resourceType } from './flags.ts';
import type { Resource } from './resource.ts';

type NumberFormat = (value: bigint) => string;

function hex(digits: number): NumberFormat {
  return (value) => `0x${value.toString(16).padStart(digits, '0')}`;
}

const decimal: NumberFormat = String;
const busNumber: NumberFormat = (value) => value.toString(16).padStart(2, '0');

const TYPES = new Map<number, readonly [word: string, format: NumberFormat]>([
  [IORESOURCE.IO, ['io  ', hex(4)]],
  [IORESOURCE.MEM, ['mem ', hex(8)]],
  [IORESOURCE.IRQ, ['irq ', decimal]],
  [IORESOURCE.DMA, ['dma ', decimal]],
  [IORESOURCE.BUS, ['bus ', busNumber]],
]);
const UNTYPED = ['??? ', hex(8)] as const;

/** What {@link formatResource} needs of a resource. */
export type FormattableResource = Pick<Resource, 'start' | 'end' | 'flags'>;

/** Text of the kernel's `%pR`, as `[mem 0x40000000-0x7fffffff 64bit]`; with `raw` that of `%pr` (flags in hex). */
export function formatResource(resource: FormattableResource, raw = false): string {
  const { start, end, flags } = resource;
  const known = typeOf(flags);
  const [word, format] = known ?? UNTYPED;
  const decoded = !raw && known !== undefined;
  const place =
    decoded && hasFlags(flags, IORESOURCE.UNSET)
      ? `size ${format(BigInt.asUintN(64, end - start + 1n))}`
      : start === end
        ? format(start)
        : `${format(start)}-${format(end)}`;
  return `[${word}${place}${decoded ? words(flags) : ` flags 0x${(flags >>> 0).toString(16)}`}]`;
}

/** A name as the kernel's `%s` prints it. */
export function printedName({ name }: Pick<Resource, 'name'>): string {
  return name ?? '(null)';
}

/** The lowest type bit decides. */
function typeOf(flags: number): readonly [string, NumberFormat] | undefined {
  for (const [bit, type] of TYPES) if ((resourceType(flags) & bit) !== 0) return type;
  return undefined;
}

function words(flags: number): string {
  let text = '';
  if (hasFlags(flags, IORESOURCE.MEM_64)) text += ' 64bit';
  if (hasFlags(flags, IORESOURCE.PREFETCH)) text += ' pref';
  if (hasFlags(flags, IORESOURCE.WINDOW)) text += ' window';
  if (hasFlags(flags, IORESOURCE.DISABLED)) text += ' disabled';
  return text;
}
