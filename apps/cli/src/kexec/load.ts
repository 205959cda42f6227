import {
  HOLDER_FOLDER,
  type Host,
  type Kernel,
  LinuxMachine,
  loadByFiles,
  loadCapture,
  loadCaptureByFiles,
  readHost,
  runningBootargs,
  SystemCallError,
} from '@kexeckit/linux';
import { initrdNote, RebootError, type RebootRequest } from '@kexeckit/reboot';
import { stageOn } from '../commands/reboot-on.ts';
import type { Context } from '../context.ts';
import { CliError } from '../error.ts';
import { delivered } from '../options/strategy.ts';
import { undisturbed } from '../undisturbed.ts';
import { checkConsole } from './console.ts';
import { tellingKernel } from './debug.ts';
import { initrdPath, type LoadFiles, readLoadFiles } from './files.ts';
import { limitsOf } from './limits.ts';
import type { Call, Wanted } from './wanted.ts';

/** What is loaded, where, and who is asked. */
interface Loading {
  readonly wanted: Wanted;
  /** Path of the kernel. */
  readonly path: string;
  readonly files: LoadFiles;
  readonly host: Host;
  /** The kernel to ask, and where it is noted what is loaded; with -d one that tells. */
  readonly asked: { readonly kernel?: Kernel; readonly folder?: string };
  readonly context: Context;
}

/**
 * Loads a kernel for a reboot or for a panic. What is loaded there already is replaced.
 *
 * @throws what stands in the way.
 */
export async function load(wanted: Wanted, path: string, context: Context): Promise<void> {
  limitsOf(wanted);
  const files = await readLoadFiles(path, wanted);
  const host = await readHost(context.io.signal ? { signal: context.io.signal } : {});
  if (wanted.panic && host.kexecCrashSize === 0n)
    throw new CliError(
      'EIO',
      'Memory for crashkernel is not reserved',
      'boot with crashkernel=: kexeckit doctor says how much, and where it lands',
    );
  const note = files.initrd && (await initrdNote(files.initrd));
  if (note !== undefined) context.io.err(`kexec: the initramfs is taken as it is, though ${note.message}\n`);
  const kernel = wanted.debug ? await tellingKernel(context.io.err) : undefined;
  const asked = kernel === undefined ? {} : { kernel, folder: HOLDER_FOLDER };
  await loadBy({ wanted, path, files, host, asked, context });
}

async function loadBy(loading: Loading): Promise<void> {
  const { wanted, context } = loading;
  const [first, second] = callsFor(loading);
  if (first === 'kexec_load') return await bySegments(loading);
  tellPassedOver(wanted, context);
  try {
    await byFiles(loading);
  } catch (error) {
    if (second === undefined || !isNotTaken(error)) throw error;
    if (wanted.debug && error instanceof Error) context.io.err(`kexec: by kexec_load, as ${error.message}\n`);
    await bySegments(loading);
  }
}

/** The calls to try. Where it is known that the running kernel could not load the files by itself, it is not asked. */
function callsFor({ wanted, files, host }: Loading): readonly [Call, Call?] {
  if (wanted.call !== 'either') return [wanted.call];
  const isThere = host.kexecCalls?.kexecFileLoad !== false;
  if (!isThere || !files.isPlain || onlyBySegments(wanted).length > 0) return ['kexec_load'];
  return ['kexec_file_load', 'kexec_load'];
}

/** Options that only kexec_load can use. */
const onlyBySegments = ({ dtb, serial, memMin, memMax }: Wanted): string[] =>
  Object.entries({ '--dtb': dtb, '--serial': serial, '--mem-min': memMin, '--mem-max': memMax })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);

function tellPassedOver(wanted: Wanted, { io }: Context): void {
  const names = onlyBySegments(wanted);
  if (names.length > 0)
    io.err(`kexec: ${names.join(', ')}: passed over, as the running kernel places the files itself\n`);
}

/** What the running kernel says where it does not have the call, or does not understand the file. */
const NOT_TAKEN = ['ENOSYS', 'EINVAL', 'ENOEXEC', 'ENOTSUP', 'EOPNOTSUPP'];

const isNotTaken = (error: unknown): boolean =>
  error instanceof RebootError && error.cause instanceof SystemCallError && NOT_TAKEN.includes(error.cause.code);

/** From this version on the kernel says in its log what it loads where. */
const TELLS_FROM = [6, 7] as const;

function tells({ osrelease = '' }: Host): boolean {
  const [major = 0, minor = 0] = osrelease.split('.').map(Number.parseFloat);
  return major > TELLS_FROM[0] || (major === TELLS_FROM[0] && minor >= TELLS_FROM[1]);
}

async function byFiles({ wanted, path, host, asked, context }: Loading): Promise<void> {
  const { noCma, debug, panic } = wanted;
  const initrd = initrdPath(wanted);
  const cmdline = cmdlineOf(wanted, host) ?? '';
  const files = { kernel: path, initrd, cmdline, noCma, debug: debug && tells(host), anyInitrd: true };
  const { signal } = context.io;
  await undisturbed(context, () =>
    panic
      ? loadCaptureByFiles(host, files, asked)
      : loadByFiles(host, files, { ...asked, replaces: true, ...(signal && { signal }) }),
  );
}

async function bySegments(loading: Loading): Promise<void> {
  const { wanted, path, files, host, asked, context } = loading;
  const { kernel, initrd, dtb } = files;
  // As every loader: a kernel that is told nothing is told what this one was.
  const cmdline = cmdlineOf(wanted, host) ?? runningBootargs(host);
  const given = { kernel, ...(initrd && { initrd }), ...(dtb && { dtb }) };
  if (wanted.panic) {
    refuseForPanic(wanted);
    return await undisturbed(context, () =>
      loadCapture(host, { ...given, name: path, cmdline, anyInitrd: true }, asked),
    );
  }
  if (wanted.serial !== undefined) checkConsole(wanted.serial, host);
  const machine = new LinuxMachine({
    replaces: true,
    anyInitrd: true,
    ...(asked.kernel && { kernel: asked.kernel, runFolder: asked.folder }),
  });
  const endsHere = { forPanic: () => machine.forPanic, settled: () => machine.settled(), keep: async () => undefined };
  const within = limitsOf(wanted);
  const [strategy] = delivered;
  if (strategy === undefined)
    throw new CliError('EIO', 'the running kernel moves the segments of no strategy', 'report it');
  const job: RebootRequest = {
    ...given,
    kernelName: path,
    cmdline,
    strategy,
    seed: 1,
    anyInitrd: true,
    verify: !wanted.noChecks,
    breadcrumbs: wanted.serial !== undefined,
    takes: isGiven(wanted) ? ['initrd', 'dtb'] : ['initrd', 'cmdline', 'dtb'],
    ...(within && { within }),
  };
  const how = { label: 'kexec', ...(wanted.noChecks && { rehearse: 'no' as const }) };
  const { plan } = await stageOn({ machine, endsHere }, job, how, context);
  if (wanted.debug) for (const each of plan.notes) context.io.err(`kexec: ${each}\n`);
}

function refuseForPanic(wanted: Wanted): void {
  const [name] = onlyBySegments({ ...wanted, dtb: undefined });
  if (name === undefined) return;
  throw new CliError(
    'EINVAL',
    `${name} has no meaning for a panic: the kernel goes into the region of crashkernel=`,
    'leave it out',
  );
}

const isGiven = ({ append, reuseCmdline }: Wanted): boolean => append !== undefined || reuseCmdline;

/** The command line that was asked for; undefined where none was. */
function cmdlineOf(wanted: Wanted, { cmdline = '' }: Host): string | undefined {
  if (!isGiven(wanted)) return undefined;
  const { append = '', reuseCmdline } = wanted;
  return [...(reuseCmdline ? [cmdline.trim()] : []), append].filter((part) => part !== '').join(' ');
}
