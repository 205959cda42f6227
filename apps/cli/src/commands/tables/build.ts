import {
  type Attributes,
  buildTables,
  countTables,
  geometryOf,
  type Mapping,
  PageTableError,
  paBitsFor,
  parseMapping,
  type Space,
  TableArena,
  type TranslationRegisters,
  translationRegisters,
  vaBitsFor,
} from '@kexeckit/arm64-pgtable';
import { systemRam } from '@kexeckit/ioport';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { checkDestination, type Written, writeTo } from '../../options/destination.ts';
import { givenArmMap } from '../../options/map.ts';
import type { Request } from '../command.ts';
import { spaceOf } from './space.ts';
import type { BuildValues } from './values.ts';

/** Tables that were built. */
export interface BuiltTables {
  readonly space: Space;
  readonly mappings: readonly Mapping[];
  /** Pages of tables. */
  readonly tables: number;
  /** Physical address of the first. */
  readonly base: bigint;
  readonly registers: TranslationRegisters;
  /** The tables, where they are for standard output. */
  readonly output: Uint8Array | undefined;
  readonly written: Written | undefined;
}

/** Bytes of tables at most: more map more than there is. */
const TABLES_MAX = 2 ** 30;

/** Builds tables. @throws UsageError for what cannot be mapped so */
export async function build({ args, options }: Request<BuildValues>, { io }: Context): Promise<BuiltTables> {
  const { base = 0n, output } = options;
  const destination =
    output === undefined ? undefined : { path: output, what: '--output', inputs: [options.iomem ?? ''] };
  if (destination !== undefined) await checkDestination(destination, options, io);
  const pageBytes = 1n << BigInt(geometryOf(options.granule ?? '4K').pageShift);
  const mappings = [...args.map(mappingOf), ...(await ramMappings(options, pageBytes, io))];
  if (mappings.length === 0)
    throw new UsageError('EINVAL', 'there is nothing to map', 'give mappings, or --identity with --iomem');
  const made = await asUsage(async () => {
    const space = await spaceOf(options, reaching(mappings, options, base));
    const tables = countTables(space, mappings);
    if (tables * Number(pageBytes) > TABLES_MAX)
      throw new UsageError('EINVAL', `that takes ${tables} tables`, 'map less, or at addresses of larger alignment');
    const arena = new TableArena(Number(base / pageBytes), tables, Number(pageBytes) / 4);
    const registers = translationRegisters(space, base);
    buildTables(space, mappings, arena.pages, arena);
    const { buffer, byteOffset, byteLength } = arena.words;
    return { space, mappings, tables, base, registers, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
  });
  const { bytes, ...built } = made;
  if (destination === undefined) return { ...built, output: undefined, written: undefined };
  return { ...built, output: bytes, written: await writeTo(destination, bytes) };
}

/** What the tables cannot do, the command line has asked for. @throws UsageError */
async function asUsage<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof PageTableError)) throw cause;
    throw new UsageError('EINVAL', cause.message, cause.hint, { cause });
  }
}

/** Sizes that reach all that is mapped, and the tables. */
function reaching(
  mappings: readonly Mapping[],
  { half }: BuildValues,
  base: bigint,
): Partial<Pick<Space, 'vaBits' | 'paBits'>> {
  const last = (addresses: readonly bigint[]): bigint =>
    addresses.reduce((most, each) => (each > most ? each : most), 0n);
  const paBits = paBitsFor(last([base, ...mappings.map(({ pa, size }) => pa + size - 1n)]));
  // The upper half ends at the last address, and how far down it goes is nothing that mappings say.
  if (half === 'upper') return { paBits };
  return { paBits, vaBits: vaBitsFor(last(mappings.map(({ va, size }) => va + size - 1n))) };
}

async function ramMappings(options: BuildValues, pageBytes: bigint, io: Context['io']): Promise<Mapping[]> {
  const map = await givenArmMap(options, io, 'give the map of an arm64 machine');
  if (options.identity !== true && map === undefined) return [];
  if (options.identity !== true || map === undefined)
    throw new UsageError(
      'EINVAL',
      options.identity ? '--identity stands without --iomem' : '--iomem stands without --identity',
      'give both, or neither',
    );
  return systemRam(map).flatMap(({ start, end }) => {
    const from = ((start + pageBytes - 1n) / pageBytes) * pageBytes;
    const to = ((end + 1n) / pageBytes) * pageBytes;
    return from < to ? [{ va: from, pa: from, size: to - from, attributes: DATA }] : [];
  });
}

const DATA: Attributes = { type: 'Normal', writable: true, executable: false };

/** @throws UsageError */
function mappingOf(given: string): Mapping {
  try {
    return parseMapping(given);
  } catch (cause) {
    if (!(cause instanceof PageTableError)) throw cause;
    throw new UsageError('EINVAL', cause.message, cause.hint, { cause });
  }
}
