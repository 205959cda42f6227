import { A64Error } from '@kexeckit/a64';
import { MachineError, MachineFault } from '@kexeckit/arm64-machine';
import { BootImageError } from '@kexeckit/boot-image';
import { CmdlineError } from '@kexeckit/cmdline';
import { FdtError } from '@kexeckit/fdt';
import { IoportError } from '@kexeckit/ioport';
import { RelocationError } from '@kexeckit/relocation';
import { RebootError } from '../../src/index.ts';

/** Every error that may leave this package. */
const CLASSES = [
  RebootError,
  RelocationError,
  IoportError,
  FdtError,
  BootImageError,
  CmdlineError,
  MachineError,
  MachineFault,
  A64Error,
];

/** The class and the code of an error that says what to do; undefined for any other. */
export function typedError(error: unknown): string | undefined {
  for (const each of CLASSES) {
    if (!(error instanceof each)) continue;
    return error.hint !== '' && error.message !== '' ? `${error.name} ${error.code}` : undefined;
  }
  return undefined;
}
