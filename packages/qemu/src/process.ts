import { type ChildProcess, spawn } from 'node:child_process';
import { RebootError, type Step } from '@kexeckit/reboot';

/** QEMU as a child process, with the end of what it complains of. */
export interface QemuProcess {
  readonly child: ChildProcess;
  /** Resolves when QEMU has ended, with what it wrote to its standard error. */
  readonly ended: Promise<string>;
  kill(): void;
}

/** Starts QEMU. @throws RebootError `ENOENT` where it is not installed. */
export async function startQemu(binary: string, args: readonly string[]): Promise<QemuProcess> {
  const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(complaint.trim())));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(cannotStart(binary, cause)));
  });
  return { child, ended, kill: () => child.kill('SIGKILL') };
}

function cannotStart(binary: string, cause: Error): RebootError {
  const missing = 'code' in cause && cause.code === 'ENOENT';
  return new RebootError(
    'inputs',
    missing ? 'ENOENT' : 'EIO',
    `cannot start ${binary}: ${missing ? 'it is not installed' : cause.message}`,
    {
      hint: 'install QEMU for Arm (Debian, Ubuntu: apt-get install qemu-system-arm) or name it with --qemu',
      cause,
    },
  );
}

/** The error for a QEMU that ended by itself. */
export function endedEarly(step: Step, complaint: string, console: readonly string[]): RebootError {
  return new RebootError(step, 'EIO', `QEMU ended by itself: ${complaint || 'it said nothing'}`, {
    hint: 'see what it said; the machine may want less memory or other options',
    console,
  });
}
