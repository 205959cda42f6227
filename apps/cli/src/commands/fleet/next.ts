import { examine } from '@kexeckit/boot-image';
import type { NextSystem } from '@kexeckit/rollout';
import { UsageError } from '../../error.ts';
import type { Io } from '../../io.ts';
import { ownAgent } from './agent-file.ts';
import { digestedFile } from './digested.ts';
import type { FleetPlanValues } from './values.ts';

/** What hosts are rebooted into, with what the kernel file says of itself where nothing else is given. @throws UsageError */
export async function nextSystem(options: FleetPlanValues, io: Io): Promise<NextSystem> {
  const { kernel: path, initrd, dtb, agent } = options;
  if (path === undefined) throw new UsageError('EINVAL', 'a kernel is missing', 'give --kernel FILE');
  const kernel = await digestedFile(path, '--kernel', io);
  const found = await examine(kernel.bytes, { signal: io.signal });
  if (found.kind !== 'kernel')
    throw new UsageError('EINVAL', `--kernel ${path} is no arm64 kernel`, `kexeckit image ${path} says what it is`);
  const release = options.release ?? found.kernel.release;
  if (release === undefined)
    throw new UsageError(
      'EINVAL',
      `--kernel ${path} does not say its release`,
      'give --release: what uname -r will say',
    );
  const cmdline = options.append ?? found.kernel.parts.cmdline;
  if (cmdline === undefined)
    throw new UsageError(
      'EINVAL',
      `--kernel ${path} has no command line in it`,
      'give --append, such as what /proc/cmdline of the hosts says; --append "" for none',
    );
  const file = async (given: string | undefined, what: string) =>
    given === undefined ? undefined : (await digestedFile(given, what, io)).file;
  const [initrdFile, dtbFile] = [await file(initrd, '--initrd'), await file(dtb, '--dtb')];
  return {
    kernel: kernel.file,
    ...(initrdFile && { initrd: initrdFile }),
    ...(dtbFile && { dtb: dtbFile }),
    cmdline,
    strategy: options.strategy ?? 'auto',
    release,
    agent: (await digestedFile(agent ?? ownAgent(), '--agent', io)).file,
  };
}
