import type { ResourceTree } from '@kexeckit/ioport';
import { LinuxError } from '../error.ts';
import type { Host } from '../host.ts';
import { type CaptureKernel, captureBy } from './capture-kernel.ts';
import { readCoreContents } from './core-contents.ts';
import type { CoreContents } from './elf-core-header.ts';
import { readKdumpSetup } from './kdump-config.ts';
import { activeKdumpService, type KdumpService, type RunProgram } from './kdump-service.ts';

/** What a host does for a panic: the capture kernel that its kdump names, the service that loads it, what a dump holds. */
export interface Kdump {
  /** Undefined where no kdump is configured. @throws as readKdumpSetup and captureBy. */
  readonly capture: (host: Host, append: string) => Promise<CaptureKernel | undefined>;
  /** The service that had loaded what is there, and loads it again; undefined where none is active. */
  readonly service: () => Promise<KdumpService | undefined>;
  /** @throws as readCoreContents. */
  readonly core: (memory: ResourceTree) => Promise<CoreContents>;
}

/** The kdump of a host whose files stand below `root`, and whose programs are run by `run`. */
export function kdumpAt(root: string, run?: RunProgram): Kdump {
  return {
    capture: async (host, append) => {
      const { release, cmdline } = runningKernel(host);
      const setup = await readKdumpSetup({ root, release, cmdline });
      return setup && (await captureBy(setup, root, append));
    },
    service: () => activeKdumpService(run),
    core: (memory) => readCoreContents(root, memory),
  };
}

/** @throws LinuxError `EIO` where the host did not show them. */
export function runningKernel({ osrelease, cmdline }: Host): { readonly release: string; readonly cmdline: string } {
  if (osrelease !== undefined && cmdline !== undefined) return { release: osrelease, cmdline };
  throw new LinuxError('EIO', '/proc shows no release or no command line of the running kernel', 'mount /proc');
}
