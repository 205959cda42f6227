import { type Host, type KernelFiles, loadByFiles, readHost, rebootByFiles } from '@kexeckit/linux';
import type { Context } from '../context.ts';
import { UsageError } from '../error.ts';
import { linux, loadingOptions } from '../machines/linux.ts';
import { type ByFilesValues, checkByFiles } from '../options/by-files.ts';
import { checkFiles, type FileValues, fileOptions } from '../options/files.ts';
import type { ForceValues } from '../options/force.ts';
import { saveOptions } from '../options/output.ts';
import { rehearseOptions } from '../options/rehearse.ts';
import { type RequestValues, requestOptions } from '../options/request.ts';
import { filesLines } from '../render/by-files.ts';
import { undisturbed } from '../undisturbed.ts';
import type { LoadedByFiles } from './loaded-by-files.ts';

/** What decides about a load by files. */
type Values = FileValues & RequestValues & ByFilesValues & ForceValues;

const { append, strategy, ...ofPlans } = requestOptions;
/** What only a plan of ours can do. */
const planned = { dtb: fileOptions.dtb, ...ofPlans, ...rehearseOptions, ...loadingOptions, ...saveOptions };

/** Hands the files to the running kernel. @throws UsageError for what has no meaning then; as loadByFiles. */
export async function loadFiles(
  host: Host,
  values: Values,
  why: string | undefined,
  context: Context,
): Promise<LoadedByFiles> {
  const { signal } = context.io;
  const files = filesOf(values);
  await undisturbed(context, () => loadByFiles(host, files, { ...(signal && { signal }) }));
  return { kind: 'by files', why, ...namesOf(files) };
}

/** The same, and reboots into them. @throws UsageError for what has no meaning then; as rebootByFiles. */
export async function rebootFiles(values: Values, why: string | undefined, context: Context): Promise<LoadedByFiles> {
  const { signal } = context.io;
  const files = filesOf(values);
  const { force: atOnce = false } = values;
  const told: LoadedByFiles = { kind: 'by files', why, ...namesOf(files) };
  // Where it goes well nobody is there to say so afterwards.
  context.io.err(`${filesLines(told, context.io.errPage).join('\n')}\n`);
  const watch = signal === undefined ? {} : { signal };
  const host = await readHost(watch);
  await undisturbed(context, () => rebootByFiles(host, files, { atOnce, ...watch }));
  return told;
}

function filesOf(values: Values): KernelFiles {
  checkFiles(values, linux);
  checkByFiles({ ...values }, values.strategy, planned);
  const { kernel, initrd, append: cmdline = linux.cmdline, cma, kexecDebug, force } = values;
  if (kernel === undefined) throw new UsageError('EINVAL', 'there is no kernel to boot', 'give one with --kernel');
  return { kernel, initrd, cmdline, noCma: cma === false, debug: kexecDebug, ...(force && { anyInitrd: true }) };
}

const namesOf = ({ kernel, initrd, cmdline }: KernelFiles): Pick<LoadedByFiles, 'kernel' | 'initrd' | 'cmdline'> => ({
  kernel,
  initrd,
  cmdline,
});
