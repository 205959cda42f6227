import { buildTables, countTables, geometryOf, rootOfTtbr, TableArena } from '@kexeckit/arm64-pgtable';
import { planReboot } from '@kexeckit/reboot';
import type { StagePlan } from '@kexeckit/relocation';
import { machineOf, requestOf } from '../../desk/asked.ts';
import type { RebootInputs } from '../../desk/inputs.ts';
import { LabError } from '../../shared/error.ts';
import type { TableDump } from './model.ts';
import type { Source } from './source.ts';

/** Bytes of tables at most: a browser's tab holds several copies. */
const MOST_BYTES = 2 ** 26;

/**
 * Makes the tables of a source.
 *
 * @param inputs what the reboot is made of, for those of a plan.
 * @throws PageTableError for what cannot be mapped so, LabError for more than a browser should hold and for a plan without
 * tables; what planning throws.
 */
export async function dumpOf(source: Source, inputs: RebootInputs | undefined): Promise<TableDump> {
  if (source.kind === 'text') return ownDump(source);
  if (inputs === undefined)
    throw new LabError('EINVAL', 'what is wished for cannot be read', 'mend the wishes of the first page');
  const machine = machineOf(inputs);
  const { plan } = await planReboot(requestOf(inputs, source.strategy), await machine.describe());
  return dumpOfStage(plan.stage);
}

/** The temporary tables of a stage. @throws LabError for one that has none */
function dumpOfStage({ strategy, translation, controlPages, placement }: StagePlan): TableDump {
  if (translation === undefined)
    throw new LabError(
      'EINVAL',
      `the routine of ${strategy} runs without tables here`,
      'it has some where digests are compared, or where pages are moved with the MMU on',
    );
  const { space, registers } = translation;
  const tables = controlPages.filter(({ owner }) => owner === 'table');
  const root = rootOfTtbr(space, registers.ttbr) ?? 0;
  const words = new Uint32Array((tables.length * geometryPages(space.granule)) / 4);
  const bytes = new Uint8Array(words.buffer);
  tables.forEach((page, at) => {
    bytes.set(page.bytes, at * page.bytes.length);
  });
  return { space, root, words, pages: Float64Array.from(tables, ({ pfn }) => pfn), ram: placement.ram };
}

const geometryPages = (granule: Parameters<typeof geometryOf>[0]): number => 2 ** geometryOf(granule).pageShift;

function ownDump({ space, base, mappings }: Extract<Source, { kind: 'text' }>): TableDump {
  const pageBytes = geometryPages(space.granule);
  const count = countTables(space, mappings);
  if (count * pageBytes > MOST_BYTES)
    throw new LabError(
      'EINVAL',
      `that takes ${count} tables`,
      'map less, or where input and output are aligned to larger blocks',
    );
  if (base % BigInt(pageBytes) !== 0n)
    throw new LabError('EINVAL', `0x${base.toString(16)} is no page of ${space.granule}`, 'give an aligned address');
  const words = new Uint32Array((count * pageBytes) / 4);
  const arena = new TableArena(Number(base / BigInt(pageBytes)), count, pageBytes / 4, words);
  const root = buildTables(space, mappings, arena.pages, arena);
  return { space, root, words, pages: Float64Array.from(arena.pages), ram: undefined };
}
