import {
  type Fdt,
  FdtError,
  type FdtNode,
  parseValueType,
  pathOfPhandle,
  printProperty,
  getProperty as propertyOf,
  readCells,
  type ValueForm,
  valueForm,
  valueText,
} from '@kexeckit/fdt';
import type { Context } from '../../context.ts';
import { CliError, UsageError } from '../../error.ts';
import type { Request } from '../command.ts';
import { neededNode } from './show.ts';
import { readTree } from './tree-file.ts';
import type { GetValues } from './values.ts';

/** A property, or a node where none was asked for. */
export type Got =
  | { readonly kind: 'node'; readonly path: string; readonly node: FdtNode }
  | {
      readonly kind: 'property';
      readonly path: string;
      readonly name: string;
      readonly value: Uint8Array;
      readonly text: string;
    }
  | { readonly kind: 'default'; readonly path: string; readonly name: string; readonly text: string };

/** What a node has of that name. @throws UsageError, CliError, FdtError */
export async function getProperty({ args, options }: Request<GetValues>, { io }: Context): Promise<Got> {
  const [file = '', path = '', name] = args;
  const print = printerOf(options.type);
  if (name === undefined && (options.type ?? options.default) !== undefined)
    throw new UsageError('EINVAL', '--type and --default are of a property', 'name one behind the path');
  const { fdt } = await readTree(file, io);
  if (name === undefined) return { kind: 'node', path, node: neededNode(fdt, path, file) };
  if (options.default === undefined) neededNode(fdt, path, file);
  const value = valueIn(fdt, path, file, name, options);
  if (value !== undefined) return { kind: 'property', path, name, value, text: print(fdt, name, value) };
  if (options.default !== undefined) return { kind: 'default', path, name, text: options.default };
  throw new CliError(
    'ENOENT',
    `${path} in ${file} has no ${name}`,
    `kexeckit dtb get ${file} ${path} lists what it has`,
  );
}

function valueIn(
  fdt: Fdt,
  path: string,
  file: string,
  name: string,
  { default: byDefault }: GetValues,
): Uint8Array | undefined {
  try {
    return propertyOf(neededNode(fdt, path, file), name);
  } catch (error) {
    if (byDefault !== undefined && error instanceof CliError) return undefined;
    throw error;
  }
}

/** Prints a value. */
type Print = (fdt: Fdt, name: string, value: Uint8Array) => string;

const AS_IT_LOOKS: Readonly<Record<ValueForm, string>> = { empty: 's', text: 's', cells: 'i', bytes: 'bi' };

/** @throws UsageError for a type that is none */
function printerOf(type: string | undefined): Print {
  if (type === undefined)
    return (_, name, value) => valueText(value, parseValueType(AS_IT_LOOKS[valueForm(name, value)]));
  if (type === 'dts') return (_, name, value) => dtsValue(name, value);
  if (type === 'phandle')
    return (fdt, _, value) =>
      readCells(value)
        .map((cell) => pathOf(fdt, cell))
        .join('\n');
  const parsed = parsedType(type, 'dts, phandle');
  return (_, __, value) => valueText(value, parsed);
}

/** @throws UsageError */
export function parsedType(type: string, others: string): ReturnType<typeof parseValueType> {
  try {
    return parseValueType(type);
  } catch (cause) {
    if (!(cause instanceof FdtError)) throw cause;
    throw new UsageError('EINVAL', `--type cannot be ${type}`, `${cause.hint}; or ${others}`, { cause });
  }
}

/** What stands between `=` and `;`; nothing of an empty one. */
function dtsValue(name: string, value: Uint8Array): string {
  return printProperty({ name, value }).slice(name.length, -1).replace(/^ = /, '');
}

function pathOf(fdt: Fdt, cell: number): string {
  const path = pathOfPhandle(fdt, cell);
  if (path !== undefined) return path;
  const what = `0x${cell.toString(16)} is the phandle of no node`;
  throw new CliError('ENOENT', what, 'cells behind a phandle may belong to it: --type x prints all');
}
