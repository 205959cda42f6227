import {
  applyOverlay,
  diffFdt,
  type Fdt,
  FdtBlob,
  type FdtChange,
  FdtError,
  parseDtsValue,
  serializeFdt,
  valueOfTexts,
} from '@kexeckit/fdt';
import type { Context } from '../../context.ts';
import { CliError, UsageError } from '../../error.ts';
import { checkDestination, type Destination, type Written, writeTo } from '../../options/destination.ts';
import type { Request } from '../command.ts';
import { parsedType } from './get.ts';
import { named, readTreeBytes, treeOf } from './tree-file.ts';
import type { SetValues, WriteValues } from './values.ts';

/** A tree that was changed. */
export interface Edited {
  readonly changes: readonly FdtChange[];
  readonly blob: Uint8Array;
  /** Where it was written; undefined where it goes to standard output. */
  readonly written: Written | undefined;
}

/** Sets a property. @throws UsageError, CliError, FdtError */
export async function setProperty({ args, options }: Request<SetValues>, context: Context): Promise<Edited> {
  const [file = '', path = '', name = '', ...texts] = args;
  const { type = 'dts', create } = options;
  const parsed = type === 'dts' ? undefined : parsedType(type, 'dts');
  return await editBlob(file, options, context, (blob) => {
    if (create) blob.ensureNode(path);
    else needNode(blob, path, file, 'or make it with --create');
    const value = asUsage(() => (parsed === undefined ? sourceValue(texts, blob) : valueOfTexts(texts, parsed)));
    blob.setProperty(path, name, value);
  });
}

/** What is wrong with a value is wrong with the command line. @throws UsageError */
function asUsage(work: () => Uint8Array): Uint8Array {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof FdtError)) throw cause;
    throw new UsageError('EINVAL', `no value: ${cause.message}`, cause.hint, { cause });
  }
}

/** Values in source text, one behind the other; none is the value of a flag. */
function sourceValue(texts: readonly string[], blob: FdtBlob): Uint8Array {
  if (texts.length === 0) return new Uint8Array();
  for (const text of texts) if (/^[\w,.+-]+$/.test(text)) throw bareWord(text);
  return parseDtsValue(texts.join(', '), { blob });
}

/** People write words and numbers as they are. */
function bareWord(text: string): UsageError {
  const hint = /^(0x[\da-f]+|\d+)$/i.test(text) ? `write '<${text}>' for a number` : `write '"${text}"' for a text`;
  return new UsageError('EINVAL', `${text} is no value in source text`, `${hint}, or say --type`);
}

/** Removes properties, or a node. @throws UsageError, CliError, FdtError */
export async function remove({ args, options }: Request<WriteValues>, context: Context): Promise<Edited> {
  const [file = '', path = '', ...names] = args;
  return await editBlob(file, options, context, (blob) => {
    needNode(blob, path, file, `kexeckit dtb show ${file} shows all`);
    if (names.length === 0) blob.removeNode(path);
    for (const name of names)
      if (!blob.removeProperty(path, name))
        throw new CliError(
          'ENOENT',
          `${path} in ${file} has no ${name}`,
          `kexeckit dtb get ${file} ${path} lists what it has`,
        );
  });
}

function needNode(blob: FdtBlob, path: string, file: string, hint: string): void {
  if (!blob.hasNode(path)) throw new CliError('ENOENT', `${file} has no node ${path}`, `name another one, ${hint}`);
}

async function editBlob(
  file: string,
  options: WriteValues,
  { io }: Context,
  edit: (blob: FdtBlob) => void,
): Promise<Edited> {
  const destination = {
    path: options.output ?? file,
    what: options.output === undefined ? 'the device tree' : '--output',
  };
  await checkDestination(destination, options, io);
  const bytes = await readTreeBytes(file, io);
  const before = treeOf(bytes, file);
  const blob = named(file, () => new FdtBlob(bytes));
  edit(blob);
  return await finished(before, blob.pack(), destination);
}

/** Applies overlays. @throws UsageError, FdtError for one that does not fit */
export async function overlayTree({ args, options }: Request<WriteValues>, { io }: Context): Promise<Edited> {
  const [base = '', ...overlays] = args;
  const destination = { path: options.output ?? '-', what: '--output', inputs: args };
  await checkDestination(destination, options, io);
  const before = treeOf(await readTreeBytes(base, io), base);
  let tree: Fdt = before;
  for (const file of overlays) {
    const overlay = treeOf(await readTreeBytes(file, io), file);
    tree = named(file, () => applyOverlay(tree, overlay));
  }
  return await finished(before, serializeFdt(tree), destination);
}

async function finished(before: Fdt, blob: Uint8Array, destination: Destination): Promise<Edited> {
  const changes = diffFdt(before, treeOf(blob, destination.path));
  return { changes, blob, written: await writeTo(destination, blob) };
}
