import { type Host, loadByFiles } from '@kexeckit/linux';
import { UsageError } from '../../error.ts';
import { linux, linuxOptions } from '../../machines/linux.ts';
import { checkByFiles } from '../../options/by-files.ts';
import { checkFiles } from '../../options/files.ts';
import { saveOptions } from '../../options/output.ts';
import { rehearseOptions } from '../../options/rehearse.ts';
import { requestOptions } from '../../options/request.ts';
import type { LoadValues } from './values.ts';

/** What the running kernel has loaded by itself. */
export interface LoadedByFiles {
  readonly kind: 'by files';
  /** Why it was loaded so, in words; undefined where that was asked for. */
  readonly why: string | undefined;
  readonly kernel: string;
  readonly initrd: string | undefined;
  readonly cmdline: string;
}

const { append, strategy, ...ofPlans } = requestOptions;
/** What only a plan of ours can do. */
const planned = { ...ofPlans, ...rehearseOptions, ...linuxOptions, ...saveOptions };

/** Hands the files to the running kernel. @throws UsageError for what has no meaning then; as loadByFiles. */
export async function loadFiles(host: Host, values: LoadValues, why: string | undefined): Promise<LoadedByFiles> {
  checkFiles(values, linux);
  checkByFiles({ ...values }, values.strategy, planned);
  const { kernel, initrd, append: cmdline = linux.cmdline, cma, kexecDebug } = values;
  if (kernel === undefined) throw new UsageError('EINVAL', 'there is no kernel to boot', 'give one with --kernel');
  await loadByFiles(host, { kernel, initrd, cmdline, noCma: cma === false, debug: kexecDebug });
  return { kind: 'by files', why, kernel, initrd, cmdline };
}
