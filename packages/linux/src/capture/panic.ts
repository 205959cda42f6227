import type { Host } from '../host.ts';
import { busy } from '../machine/busy.ts';
import { type CaptureFiles, type CaptureKernel, captureOf } from './capture-kernel.ts';
import { checkInitrd } from './initrd.ts';
import { type Kdump, kdumpAt, runningKernel } from './kdump.ts';

/** What a panic starts while a reboot is loaded that takes the crash kernel's region. */
export interface PanicOptions {
  /** The capture kernel; by default what the distribution's kdump is configured to load. */
  readonly capture?: CaptureFiles;
  /** Added to the capture kernel's command line. */
  readonly captureAppend?: string;
  /**
   * Loads into the crash kernel's region although nothing is kept there for a panic: until the reboot a panic starts the
   * next kernel, and nobody writes a dump. Without it, and without a capture kernel, such a load is refused.
   */
  readonly withoutCaptureKernel?: boolean;
  /** A crash kernel that is loaded now, and that no service could load again, may be lost. */
  readonly loseCrashKernel?: boolean;
  /** Takes an initramfs that Linux would not unpack, as far as can be seen. */
  readonly anyInitrd?: boolean;
  /** This host's kdump by default. */
  readonly kdump?: Kdump;
}

/** The host's kdump, or the one to take in its place. */
export const kdumpOf = ({ kdump }: PanicOptions): Kdump => kdump ?? kdumpAt('/');

/**
 * The capture kernel that is kept; undefined where the operator says that none is.
 *
 * @throws RebootError `EBUSY` in phase `stage` where none is known, and nobody says so; LinuxError `EINVAL` for an initramfs that
 * Linux would not unpack; as captureOf and Kdump.
 */
export async function captureFor(options: PanicOptions, host: Host): Promise<CaptureKernel | undefined> {
  const capture = await findCapture(options, host);
  if (capture?.initrd !== undefined) await checkInitrd(capture.initrd, capture.name, options);
  return capture;
}

async function findCapture(options: PanicOptions, host: Host): Promise<CaptureKernel | undefined> {
  const { capture, captureAppend = '', withoutCaptureKernel = false } = options;
  if (withoutCaptureKernel) return undefined;
  if (capture !== undefined) return await captureOf(capture, runningKernel(host).cmdline, captureAppend);
  const found = await kdumpOf(options).capture(host, captureAppend);
  if (found !== undefined) return found;
  throw busy(
    'nothing would be kept for a panic: until the reboot one would start the next kernel, and no dump be written',
    'name a capture kernel with --capture-kernel, or say that none is kept: --no-capture-kernel',
  );
}
