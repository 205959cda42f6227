import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { Duplex, PassThrough, type Readable } from 'node:stream';
import { type Phase, phases, RebootError } from '@kexeckit/reboot';
import { LastWords } from './last-words.ts';
import { findProgram, underOurLife } from './lifeline.ts';
import { DEFAULT_BINARY } from './options.ts';

/** How QEMU is reached: its arguments name these descriptors, see {@link qmpArguments} and {@link gdbArguments}. */
const QMP_FD = 3;
const GDB_FD = 4;
const FIRST_FILE_FD = 6;

/** Milliseconds that the outputs of a QEMU which has ended may stay open: somebody else may hold them. */
const LAST_WORDS_MS = 500;

/** QEMU as a child process, with the end of what it complains of. */
export interface QemuProcess {
  readonly child: ChildProcess;
  /** Its standard output, which waits for whoever reads it, however early QEMU ends. Where it is read, it ends before `ended` resolves. */
  readonly output: Readable;
  /** The control connection. */
  readonly qmp: Duplex;
  /** The debugger's connection. */
  readonly gdb: Duplex;
  /** Resolves when QEMU has ended, with what it wrote to its standard error. */
  readonly ended: Promise<string>;
  /** Ends QEMU at once, with everything that it was started through. */
  kill(): void;
}

/** QEMU's control protocol on the connection that it is started with. */
export const qmpArguments: readonly string[] = [
  ...['-chardev', `socket,id=qmp,fd=${QMP_FD}`],
  ...['-mon', 'chardev=qmp,mode=control'],
];

/** QEMU's debugger stub on the connection that it is started with. */
export const gdbArguments: readonly string[] = [
  ...['-chardev', `socket,id=gdb,fd=${GDB_FD}`],
  ...['-gdb', 'chardev:gdb'],
];

/** Where QEMU finds a file that it is started with. */
export const fileArgument = (index: number): string => `/dev/fd/${FIRST_FILE_FD + index}`;

/** RAM of so many bytes, the first file that QEMU is started with; the machine needs `memory-backend=ram`. */
export const ramArguments = (size: bigint): string[] => [
  '-object',
  `memory-backend-file,id=ram,size=${size},mem-path=${fileArgument(0)},share=on`,
];

/** Whether there is such a program; by default `qemu-system-aarch64`, in PATH. */
export const isQemuThere = (binary: string = DEFAULT_BINARY): boolean => findProgram(binary) !== undefined;

/**
 * Starts QEMU. It ends when this process does, however that ends, and it leaves no file: its connections are pairs of
 * sockets.
 *
 * @param files what its arguments name by {@link fileArgument}.
 * @throws RebootError `ENOENT` where it is not installed, in the given phase.
 */
export async function startQemu(
  binary: string,
  args: readonly string[],
  files: readonly FileHandle[],
  phase: Phase = phases.describe,
): Promise<QemuProcess> {
  const path = findProgram(binary);
  if (path === undefined) throw cannotStart(binary, 'it is not installed', 'ENOENT', phase);
  const [program, ...all] = underOurLife([path, ...args]);
  // Behind both connections comes the lifeline. The process group is QEMU's own, with whatever it was started through.
  const stdio = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', ...files.map(({ fd }) => fd)] as const;
  const child = spawn(program, all, { stdio: [...stdio], detached: true });
  for (const stream of child.stdio) stream?.on('error', () => {});
  const complaint = new LastWords();
  child.stderr?.setEncoding('utf8').on('data', (text: string) => complaint.push(text));
  // Node lets an output run out that nobody reads yet when its process ends.
  const output = new PassThrough();
  child.stdout?.pipe(output, { end: false });
  const ended = endOf(child).then(async () => {
    const read = output.readableFlowing === true ? once(output, 'end') : undefined;
    output.end();
    await read;
    return complaint.text();
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(cannotStart(binary, cause.message, 'EIO', phase)));
  });
  return {
    child,
    output,
    qmp: connection(child, QMP_FD),
    gdb: connection(child, GDB_FD),
    ended,
    kill: () => {
      if (child.exitCode === null && child.signalCode === null) killGroup(child);
    },
  };
}

/** Resolves when the child has ended, its group is killed, and its outputs have been read. */
async function endOf(child: ChildProcess): Promise<void> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
  killGroup(child);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LAST_WORDS_MS);
  });
  await Promise.race([closed, late]);
  clearTimeout(timer);
  for (const stream of child.stdio) stream?.destroy();
}

/** The group has the child's number, and keeps it while anybody is in it. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is in it any more.
  }
}

function connection(child: ChildProcess, fd: number): Duplex {
  const stream = child.stdio[fd];
  if (stream instanceof Duplex) return stream;
  throw new RebootError('EIO', `QEMU's descriptor ${fd} is not a connection`, 'run it again', {
    phase: phases.describe,
  });
}

function cannotStart(binary: string, why: string, code: 'ENOENT' | 'EIO', phase: Phase): RebootError {
  return new RebootError(
    code,
    `cannot start ${binary}: ${why}`,
    'install QEMU for Arm (Debian, Ubuntu: apt-get install qemu-system-arm) or name it with --qemu',
    { phase },
  );
}

/** How a QEMU that has ended did so, in words. */
export const howItEnded = ({ exitCode, signalCode }: ChildProcess): string => signalCode ?? `status ${exitCode}`;

/** The error for a QEMU that ended by itself. */
export function endedEarly(
  { child }: QemuProcess,
  phase: Phase,
  complaint: string,
  console: readonly string[],
): RebootError {
  const details = { phase, console };
  if (complaint !== '')
    return new RebootError(
      'EIO',
      `QEMU ended by itself: ${complaint}`,
      'see what it said; the machine may want less memory or other options',
      details,
    );
  return new RebootError(
    'EIO',
    `QEMU ended by itself with ${howItEnded(child)}, and said nothing`,
    child.signalCode === null
      ? 'run the program by hand with --version, to see whether it is a QEMU for Arm'
      : 'see who ended it; make room in TMPDIR and memory if nobody did',
    details,
  );
}
