import { besideNothing, captureImage } from '../capture/capture-image.ts';
import { type CaptureFiles, imageOf } from '../capture/capture-kernel.ts';
import { checkCmdline } from '../capture/cmdline.ts';
import { checkInitrd } from '../capture/initrd.ts';
import { type Kdump, kdumpAt } from '../capture/kdump.ts';
import { describeHost } from '../describe.ts';
import { LinuxError } from '../error.ts';
import { hostMemory, hostRam } from '../facts.ts';
import { withLock } from '../holder/lock.ts';
import { runFolderFor } from '../holder/run-folder.ts';
import type { Host } from '../host.ts';
import { crashRegionPages } from '../region.ts';
import { type Kernel, thisKernel } from '../syscalls/kernel.ts';
import { forgetCrash } from './crash-record.ts';
import { refuseNextInRegion } from './make-room.ts';
import { loadInto } from './slots.ts';

/** A capture kernel, and all that it is told. */
export interface NamedCapture extends CaptureFiles {
  /** Its command line, as it is: nothing is added. */
  readonly cmdline: string;
  /** A device tree of this very machine in the place of the one that it tells of. */
  readonly dtb?: Uint8Array;
  /** Takes an initramfs that Linux would not unpack, as far as can be seen. */
  readonly anyInitrd?: boolean;
}

/** How a capture kernel is loaded. */
export interface LoadCaptureOptions {
  /** The kernel to ask; the one below by default. */
  readonly kernel?: Kernel;
  /** This host's kdump by default: what a dump holds. */
  readonly kdump?: Kdump;
  /** Where it is noted what is loaded; `/run/kexeckit` for the kernel below. */
  readonly folder?: string;
}

/**
 * Loads a capture kernel for a panic by kexec_load, with an ELF core header of ours, into the crash kernel's region. What stood there
 * for a panic is gone, also where the call fails. It counts as somebody's own, as if kdump had loaded it: a load of ours that needs the
 * region asks before it takes it.
 *
 * @throws BootImageError for a file that is no kernel; LinuxError `EINVAL` for files that no kernel could use, `ENOSPC` for a region
 * that is not there or too small; RebootError in phase `stage`: `EBUSY` where a reboot stands in the region, else with what
 * the kernel's errno means on this host.
 */
export async function loadCapture(host: Host, named: NamedCapture, options: LoadCaptureOptions = {}): Promise<void> {
  const { kdump = kdumpAt('/') } = options;
  const folder = runFolderFor(options.kernel, options.folder);
  const memory = hostMemory(host);
  const region = crashRegionPages(host, memory);
  if (region === undefined)
    throw new LinuxError(
      'ENOSPC',
      'no memory is reserved for a crash kernel that this kernel would load into',
      'boot with crashkernel=: kexeckit doctor says how much, and where it lands',
    );
  const { kernel: file, name = 'the capture kernel', cmdline, initrd, dtb } = named;
  checkCmdline(cmdline);
  const capture = { ...(await imageOf(file, name, initrd)), cmdline, dtb };
  if (capture.initrd !== undefined) await checkInitrd(capture.initrd, capture.name, named);
  const reality = { ...describeHost(host), memory };
  const image = captureImage(capture, besideNothing(hostRam(host)), region, reality, await kdump.core(memory));
  const kernel = options.kernel ?? (await thisKernel());
  await withLock(folder, async () => {
    refuseNextInRegion(folder, kernel);
    loadInto(host, kernel, image, 'crash');
    if (folder !== undefined) forgetCrash(folder);
  });
}
