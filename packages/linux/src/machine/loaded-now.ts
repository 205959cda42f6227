import type { Kernel } from '../syscalls/kernel.ts';
import { busy } from './busy.ts';

/** Newer kernels have it in a folder of its own. */
const FILES = ['/sys/kernel/kexec_loaded', '/sys/kernel/kexec/loaded'];

/** Whether a reboot has an image, as the kernel says right now; undefined where it does not. */
export function isLoadedNow(text: (path: string) => string | undefined): boolean | undefined {
  for (const path of FILES) {
    const said = text(path);
    if (said !== undefined) return said.trim() !== '0';
  }
  return undefined;
}

/** KEXEC_ON_CRASH */
const ON_CRASH = 1n;

/** A kernel that is looked at before the first load. */
export interface LookingKernel extends Kernel {
  /** Whether what a panic starts was loaded through it, and not unloaded through it again. */
  hasLoadedCrash(): boolean;
}

/**
 * The same kernel, which refuses the first load where something is loaded by then: planning, proving and posting a guard take
 * their time, other loaders than ours know no lock, and the kernel replaces what stands there unasked. It knows whether what a
 * panic starts is what was loaded through it.
 */
export function lookingFirst(kernel: Kernel): LookingKernel {
  let hasLooked = false;
  let hasCrash = false;
  const look = (): void => {
    if (hasLooked) return;
    hasLooked = true;
    if (isLoadedNow((path) => kernel.text(path)) === true)
      throw busy('somebody has loaded an image meanwhile', 'it was left as it is; unload it first: kexeckit unload');
  };
  return {
    architecture: kernel.architecture,
    call: (name, ...args) => {
      if (name === 'kexec_load' || name === 'kexec_file_load') look();
      const result = kernel.call(name, ...args);
      const [, segments = 0n, , flags = 0n] = args;
      if (name === 'kexec_load' && (flags & ON_CRASH) !== 0n) hasCrash = segments !== 0n;
      return result;
    },
    hasLoadedCrash: () => hasCrash,
    view: (address, size) => kernel.view(address, size),
    pagemap: (address, pages) => kernel.pagemap(address, pages),
    text: (path) => kernel.text(path),
    run: (code, a, b) => kernel.run(code, a, b),
  };
}
