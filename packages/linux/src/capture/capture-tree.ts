import {
  type CellCounts,
  cellCounts,
  cellsValue,
  ensureNode,
  parseFdt,
  serializeFdt,
  setProperty,
} from '@kexeckit/fdt';
import { type Range, rangeSize } from '@kexeckit/ioport';
import { draftDeviceTree } from '@kexeckit/reboot';

/** What a capture kernel is told through `/chosen`. */
export interface CaptureArguments {
  readonly cmdline: string;
  readonly hasInitrd: boolean;
  /** Fresh random bytes, for the seeds. */
  readonly entropy: Uint8Array;
  /** The memory that it may use: the regions of the crash kernel, the one that it stands in first. */
  readonly usable: readonly Range[];
}

/** Where a capture kernel finds what is placed beside it. */
export interface CapturePlaces {
  readonly initrd: Range | undefined;
  readonly coreHeader: Range;
}

/** A device tree that is complete but for the places: its size is known, so that they can be chosen. */
export interface CaptureTree {
  readonly size: number;
  readonly write: (places: CapturePlaces) => Uint8Array;
}

const SOMEWHERE: Range = { start: 0n, end: 0n };

/**
 * The machine's device tree for a capture kernel: as for any next kernel, and `linux,elfcorehdr` and
 * `linux,usable-memory-range`, in cells of the root (Documentation/devicetree/bindings, chosen.yaml of dt-schema).
 *
 * @throws FdtError for a blob that is no device tree, `ERANGE` for a range that its cells cannot hold.
 */
export function draftCaptureTree(blob: Uint8Array, { usable, ...boot }: CaptureArguments): CaptureTree {
  const draft = draftDeviceTree(blob, boot);
  const write = ({ initrd, coreHeader }: CapturePlaces): Uint8Array => {
    const fdt = parseFdt(draft.write(initrd));
    const counts = cellCounts(fdt.root);
    const chosen = ensureNode(fdt, '/chosen');
    setProperty(chosen, 'linux,elfcorehdr', rangesValue([coreHeader], counts));
    setProperty(chosen, 'linux,usable-memory-range', rangesValue(usable, counts));
    return serializeFdt(fdt);
  };
  return { size: write({ initrd: boot.hasInitrd ? SOMEWHERE : undefined, coreHeader: SOMEWHERE }).length, write };
}

function rangesValue(ranges: readonly Range[], { addressCells, sizeCells }: CellCounts): Uint8Array {
  const cells = ranges.flatMap((range) => [
    ...cellsOf(range.start, addressCells),
    ...cellsOf(rangeSize(range), sizeCells),
  ]);
  return cellsValue(...cells);
}

/** The high cells first; what is left over goes to the first, which is refused where it has no room. */
function cellsOf(value: bigint, count: number): bigint[] {
  if (count <= 1) return [value];
  return [...cellsOf(value >> 32n, count - 1), value & 0xffff_ffffn];
}
