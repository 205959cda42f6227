import { addressInSpace, attributesText, listMappings, type PageRun, parseAddress } from '@kexeckit/arm64-pgtable';
import type { MappingList } from './model.ts';
import type { Tables } from './tables.ts';

/** What is mapped, as far as a filter lets it through: part of an address or of the attributes, or an address within. */
export function mappingList(tables: Tables, filter: string): MappingList {
  const { space, root, shape } = tables;
  const { runs } = listMappings(space, root, tables);
  const texts = new Map<string, number>();
  const textOf = ({ attributes }: PageRun): string => attributesText(attributes);
  const wanted = filter.trim().toLowerCase();
  const address = addressOf(wanted);
  const shift = BigInt(shape.pageShift);
  const isWanted = (run: PageRun): boolean => {
    if (wanted === '') return true;
    const va = addressInSpace(space, run.page);
    const pa = BigInt(run.frame) << shift;
    const size = BigInt(run.pages) << shift;
    const within = (start: bigint): boolean => address !== undefined && address >= start && address < start + size;
    if (within(va) || within(pa)) return true;
    return `0x${va.toString(16)} 0x${pa.toString(16)} ${textOf(run).toLowerCase()}`.includes(wanted);
  };
  const shown = runs.filter(isWanted);
  const says = shown.map((run) => {
    const text = textOf(run);
    const number = texts.get(text) ?? texts.size;
    texts.set(text, number);
    return number;
  });
  return {
    page: Float64Array.from(shown, ({ page }) => page),
    frame: Float64Array.from(shown, ({ frame }) => frame),
    pages: Float64Array.from(shown, ({ pages }) => pages),
    says: Uint32Array.from(says),
    texts: [...texts.keys()],
    total: runs.length,
    bytes: BigInt(runs.reduce((sum, { pages }) => sum + pages, 0)) << shift,
  };
}

function addressOf(text: string): bigint | undefined {
  try {
    return parseAddress(text);
  } catch {
    return undefined;
  }
}
