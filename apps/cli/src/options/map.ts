import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResourceTree } from '@kexeckit/ioport';
import { UsageError } from '../error.ts';
import type { Io } from '../io.ts';
import { inLine } from '../render/printable.ts';
import { type Inputs, readInput } from './files.ts';
import { MACHINE } from './headings.ts';
import { longName, type OptionsFor } from './option.ts';
import { textOf } from './text.ts';
import { filled } from './values.ts';

/** A memory map that somebody gives. */
export interface MapValues {
  readonly iomem?: string;
  readonly lenient?: boolean;
}

/** The options of {@link MapValues}. */
export const mapOptions: OptionsFor<MapValues> = {
  iomem: {
    heading: MACHINE,
    summary: 'memory map, as /proc/iomem shows it; - for standard input',
    value: '<file>',
    parse: filled,
  },
  lenient: { heading: MACHINE, summary: 'read the map as people paste it, and say what is passed over' },
};

/** @throws UsageError for a size of RAM beside a map, which says it */
export function refuseTwoRams({ iomem, memory }: MapValues & { readonly memory?: bigint }): void {
  if (memory !== undefined && iomem !== undefined)
    throw new UsageError('EINVAL', '--memory and --iomem both say how much RAM there is', 'give one of both');
}

/** Bytes of a memory map at most: millions of lines. */
const MAP_MAX: number = 2 ** 27;

/** Where what is to be said beside the result goes. */
interface Teller extends Inputs, Pick<Io, 'err' | 'errPage'> {}

/**
 * A map of a file that somebody named.
 *
 * @throws IoportError with the file, the line, and whether it helps to read the map leniently.
 */
async function parseMap(bytes: Uint8Array, path: string, lenient: boolean): Promise<ResourceTree> {
  const { IoportError, parseIomem } = await import('@kexeckit/ioport');
  try {
    return parseIomem(textOf(bytes, path), { lenient });
  } catch (cause) {
    if (!(cause instanceof IoportError)) throw cause;
    const more = cause.code === 'EPERM' || lenient ? '' : '; add --lenient for a map that was pasted';
    throw new IoportError(cause.code, `${path}: ${inLine(cause.message)}`, `${cause.hint}${more}`, { cause });
  }
}

/**
 * Reads a map, and says what was passed over in it.
 *
 * @param what how the command line calls it.
 * @throws UsageError for a file that cannot be read, and with the line for a map that the kernel cannot have written.
 */
export async function readMap(path: string, what: string, lenient: boolean, io: Teller): Promise<ResourceTree> {
  const bytes = await readInput(path, what, io, MAP_MAX);
  const { IoportError } = await import('@kexeckit/ioport');
  try {
    const tree = await parseMap(bytes, path, lenient);
    if (tree.root.child === null) throw new UsageError('EINVAL', `${what} ${path} is empty`, 'is it the right file?');
    const { remark } = await import('../render/remark.ts');
    for (const { message } of tree.notes ?? []) io.err(remark(`${path}: ${inLine(message)}`, io.errPage));
    return tree;
  } catch (cause) {
    if (!(cause instanceof IoportError)) throw cause;
    throw new UsageError(cause.code === 'EPERM' ? cause.code : 'EINVAL', cause.message, cause.hint, { cause });
  }
}

/** The map that was given; undefined where none was. @throws UsageError */
export async function givenMap({ iomem, lenient = false }: MapValues, io: Teller): Promise<ResourceTree | undefined> {
  if (iomem !== undefined) return await readMap(iomem, longName('iomem'), lenient, io);
  if (lenient) throw new UsageError('EINVAL', '--lenient stands without --iomem', 'give the map, or leave it out');
  return undefined;
}

/**
 * The map that was given, of a machine that kernels for arm64 are placed on.
 *
 * @param instead what to give in the place of another machine's.
 * @throws UsageError
 */
export async function givenArmMap(values: MapValues, io: Teller, instead: string): Promise<ResourceTree | undefined> {
  const map = await givenMap(values, io);
  const what = map && (await whyForeign(map));
  if (what !== undefined) throw new UsageError('EINVAL', what, instead);
  return map;
}

/** Why kernels for arm64 cannot be placed on a map; undefined where they can. */
export async function whyForeign(map: ResourceTree): Promise<string | undefined> {
  const { foreignSign } = await import('@kexeckit/ioport');
  const sign = foreignSign(map);
  return sign === undefined
    ? undefined
    : `the map is of an x86 machine (it has ${JSON.stringify(sign)}), and these are the rules of arm64`;
}

/** A map of this host, or why there is none: unprivileged readers see zeros, and elsewhere there is no such file. */
export async function hostMap(root: string, io: Teller): Promise<ResourceTree | UsageError> {
  const path = join(root, 'proc/iomem');
  try {
    await access(path, constants.R_OK);
    return await readMap(path, 'the map', false, io);
  } catch (cause) {
    if (cause instanceof UsageError) return cause;
    return new UsageError('ENOENT', `${path} cannot be read`, `give a map with ${longName('iomem')}`, { cause });
  }
}
