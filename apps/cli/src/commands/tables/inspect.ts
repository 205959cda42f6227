import {
  checkTables,
  geometryOf,
  listMappings,
  PageTableError,
  pageInSpace,
  parOf,
  rootOfTtbr,
  type Space,
  shapeOf,
  TableArena,
  type TableFinding,
  type TableListing,
  type WalkResult,
  walk,
} from '@kexeckit/arm64-pgtable';
import { systemRam } from '@kexeckit/ioport';
import type { Context } from '../../context.ts';
import { InvalidValue, UsageError } from '../../error.ts';
import { type Inputs, readContents } from '../../options/files.ts';
import { givenArmMap } from '../../options/map.ts';
import { word64 } from '../../options/numbers.ts';
import type { Request } from '../command.ts';
import { spaceOf } from './space.ts';
import type { CheckValues, DumpValues } from './values.ts';

/** Tables as they were read. */
interface Dump {
  readonly space: Space;
  /** Page number of the root table. */
  readonly root: number;
  readonly arena: TableArena;
}

/** One address, and where it leads. */
export interface WalkedAddress {
  readonly va: bigint;
  readonly result: WalkResult;
  /** What AT S1E1R leaves in PAR_EL1; stage 2 has none. */
  readonly par: bigint | undefined;
}

/** Addresses that were translated. */
export interface Walks {
  readonly space: Space;
  readonly walks: readonly WalkedAddress[];
}

/** What tables map. */
export interface Listed extends TableListing {
  readonly space: Space;
}

/** What is wrong in tables. */
export interface CheckedTables {
  readonly findings: readonly TableFinding[];
  /** Whether it was known where RAM is. */
  readonly knowsRam: boolean;
}

/** Translates addresses. @throws UsageError */
export async function walkDump({ args, options }: Request<DumpValues>, { io }: Context): Promise<Walks> {
  const [file = '', ...addresses] = args;
  const asked = addresses.map(addressOf);
  const { space, root, arena } = await readDump(file, options, io);
  const walks = asked.map((va) => {
    // What is outside of the half is a translation fault, as that of a page that is none.
    const result = walk(space, root, arena, pageInSpace(space, va) ?? -1);
    const par = space.regime === 'stage2' ? undefined : parOf(space, va, result, { write: false, user: false });
    return { va, result, par };
  });
  return { space, walks };
}

function addressOf(given: string): bigint {
  try {
    return word64(given);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw new UsageError('EINVAL', `${given} is no address`, error.hint, { cause: error });
  }
}

/** Lists mappings. @throws UsageError, PageTableError for tables that go round in a circle */
export async function listDump({ args: [file = ''], options }: Request<DumpValues>, { io }: Context): Promise<Listed> {
  const { space, root, arena } = await readDump(file, options, io);
  return { space, ...listMappings(space, root, arena) };
}

const EVERYWHERE = { start: 0n, end: (1n << 52n) - 1n } as const;

/** Checks tables. @throws UsageError */
export async function checkDump(
  { args: [file = ''], options }: Request<CheckValues>,
  { io }: Context,
): Promise<CheckedTables> {
  const map = await givenArmMap(options, io, 'give the map of an arm64 machine');
  const { space, root, arena } = await readDump(file, options, io);
  const ram = map === undefined ? [EVERYWHERE] : systemRam(map);
  return { findings: checkTables(space, root, arena, ram), knowsRam: map !== undefined };
}

/** @throws UsageError for a file that cannot be read, and where no such tables can be in it */
async function readDump(file: string, options: DumpValues, io: Inputs): Promise<Dump> {
  const { base = 0n, ttbr } = options;
  const space = await spaceOf(options);
  const { pageShift } = geometryOf(space.granule);
  if (base % (1n << BigInt(pageShift)) !== 0n || base >= 1n << 52n)
    throw new UsageError(
      'EINVAL',
      `--base 0x${base.toString(16)} is no page of ${space.granule}`,
      'give the address of the first byte of the dump',
    );
  const bytes = await readContents(file, 'the dump', io);
  const root = rootIn(space, ttbr ?? base, ttbr === undefined ? '--base' : '--ttbr');
  const arena = new TableArena(Number(base >> BigInt(pageShift)), ...wholePages(bytes, 2 ** pageShift));
  if (arena.tableWords(root) === undefined)
    throw new UsageError(
      'EINVAL',
      `the root table 0x${(BigInt(root) << BigInt(pageShift)).toString(16)} is not in the dump`,
      'check --base and --ttbr',
    );
  return { space, root, arena };
}

function rootIn(space: Space, ttbr: bigint, what: string): number {
  try {
    shapeOf(space);
  } catch (cause) {
    if (!(cause instanceof PageTableError)) throw cause;
    throw new UsageError('EINVAL', cause.message, cause.hint, { cause });
  }
  const root = rootOfTtbr(space, ttbr);
  if (root !== undefined) return root;
  throw new UsageError(
    'EINVAL',
    `${what} 0x${ttbr.toString(16)} is not where a root table of this space can be`,
    'it begins with a page',
  );
}

/** The words of all pages; the last is filled up with zeros, which are no descriptors. */
function wholePages(bytes: Uint8Array, pageBytes: number): [count: number, pageWords: number, words: Uint32Array] {
  const count = Math.ceil(bytes.length / pageBytes);
  const isWhole = bytes.length % pageBytes === 0 && bytes.byteOffset % 4 === 0;
  const whole = isWhole ? bytes : new Uint8Array(count * pageBytes);
  if (!isWhole) whole.set(bytes);
  return [count, pageBytes / 4, new Uint32Array(whole.buffer, whole.byteOffset, whole.byteLength / 4)];
}
