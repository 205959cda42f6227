import type { CaptureFiles, PanicOptions } from '@kexeckit/linux';
import { UsageError } from '../error.ts';
import { type Inputs, readContents } from '../options/files.ts';
import { PANIC } from '../options/headings.ts';
import { longName, type OptionsFor } from '../options/option.ts';
import { filled, text } from '../options/values.ts';

/** What a panic starts while a reboot is loaded. */
export interface PanicValues {
  /** False: none is kept. */
  readonly captureKernel?: string | false;
  readonly captureInitrd?: string;
  readonly captureAppend?: string;
  readonly loseCrashKernel?: boolean;
}

/** The options of {@link PanicValues}. */
export const panicOptions: OptionsFor<PanicValues> = {
  captureKernel: {
    heading: PANIC,
    summary: 'capture kernel that is kept (the one that kdump is configured with)',
    value: '<file>',
    parse: filled,
    orNone: 'keep none: a panic starts the next kernel, and no dump is written',
  },
  captureInitrd: { heading: PANIC, summary: 'its initial RAM disk', value: '<file>', parse: filled },
  captureAppend: { heading: PANIC, summary: 'added to its command line', value: '<string>', parse: text },
  loseCrashKernel: {
    heading: PANIC,
    summary: 'a crash kernel that is loaded, and that no kdump service could load again, may be lost',
  },
};

/** The same in the machine's words, with the files read. @throws UsageError for values that do not go together. */
export async function panicOf(values: PanicValues, io: Inputs): Promise<PanicOptions> {
  checkPanic(values);
  const { captureKernel, captureAppend, loseCrashKernel } = values;
  const capture = typeof captureKernel === 'string' ? await filesOf(captureKernel, values, io) : undefined;
  return {
    ...(capture && { capture }),
    ...(captureAppend !== undefined && { captureAppend }),
    ...(captureKernel === false && { withoutCaptureKernel: true }),
    ...(loseCrashKernel && { loseCrashKernel }),
  };
}

function checkPanic({ captureKernel, captureInitrd, captureAppend }: PanicValues): void {
  if (captureInitrd !== undefined && typeof captureKernel !== 'string')
    throw new UsageError(
      'EINVAL',
      `${longName('captureInitrd')} stands without ${longName('captureKernel')}`,
      'give both: an initial RAM disk belongs to a kernel',
    );
  if (captureAppend !== undefined && captureKernel === false)
    throw new UsageError('EINVAL', `${longName('captureAppend')} with --no-capture-kernel`, 'leave one of them out');
}

async function filesOf(path: string, { captureInitrd }: PanicValues, io: Inputs): Promise<CaptureFiles> {
  const kernel = await readContents(path, longName('captureKernel'), io);
  if (captureInitrd === undefined) return { name: path, kernel };
  const initrd = await readContents(captureInitrd, longName('captureInitrd'), io);
  return { name: path, kernel, initrd };
}
