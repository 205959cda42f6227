import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultKernel, type ProfileChoice, profileOf, toByteString } from '@kexeckit/cmdline';
import type { ResourceTree } from '@kexeckit/ioport';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { readInput } from '../../options/files.ts';
import { givenMap, hostMap } from '../../options/map.ts';
import { longName } from '../../options/option.ts';
import { refuseUtf16 } from '../../options/text.ts';
import type { ExplainValues } from './values.ts';

/** A line, whose it is, and on what machine it is to be seen. */
export interface LineSource {
  /** A byte string, without the newline. */
  readonly line: string;
  readonly from: string;
  readonly kernel: ProfileChoice;
  readonly memory: ResourceTree | undefined;
  /** Why the host's own map is not known. */
  readonly noMap: string | undefined;
}

/** Bytes of a file with a line at most. */
const LINE_MAX = 2 ** 18;

/** @throws UsageError */
export async function readSource(
  args: readonly string[],
  options: ExplainValues,
  io: Context['io'],
): Promise<LineSource> {
  const { file, kernel } = options;
  if (file !== undefined && args.length > 0)
    throw new UsageError('EINVAL', 'the line is given, and --file', 'give one of both');
  if (args.length === 0 && file === undefined) return await hostSource(options, io);
  if (options.root !== undefined)
    throw new UsageError('EINVAL', '--root has no meaning for a line that is given', 'leave it out, or the line');
  const line =
    file === undefined ? toByteString(args.join(' ')) : lineOf(await readInput(file, longName('file'), io, LINE_MAX));
  return {
    line,
    from: file === undefined ? 'the line that was given' : file === '-' ? 'standard input' : file,
    kernel: kernel === undefined ? newest() : profileOf(kernel),
    memory: await givenMap(options, io),
    noMap: undefined,
  };
}

/** A file has the line and a newline, and editors put a mark before it; what has several lines is something else. @throws UsageError */
function lineOf(bytes: Uint8Array): string {
  refuseUtf16(bytes, longName('file'));
  const line = Buffer.from(bytes)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .replace(/[\r\n\0]+$/, '');
  if (/[\r\n\0]/.test(line))
    throw new UsageError('EINVAL', `${longName('file')} has several lines`, 'give one: the command line of a kernel');
  return line;
}

const newest = (): ProfileChoice => profileOf(`${defaultKernel}.0`);

async function hostSource(options: ExplainValues, io: Context['io']): Promise<LineSource> {
  const { root = '/' } = options;
  const path = join(root, 'proc/cmdline');
  const line = lineOf(await readInput(path, 'the command line', {}, LINE_MAX));
  const release = options.kernel ?? (await textOf(join(root, 'proc/sys/kernel/osrelease')));
  const kernel = release === undefined ? newest() : profileOf(release);
  const given = await givenMap(options, io);
  const found = given ?? (options.memory === undefined ? await hostMap(root, io) : undefined);
  const isKnown = found !== undefined && !(found instanceof UsageError);
  return {
    line,
    from: path,
    kernel,
    memory: isKnown ? found : undefined,
    noMap: found instanceof UsageError ? found.message : undefined,
  };
}

/** A short file of /proc. */
const textOf = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
