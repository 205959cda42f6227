import { spawn } from 'node:child_process';
import { readHost, slotsNow, slotsOf, thisKernel, unloadCrash, unloadForReboot } from '@kexeckit/linux';
import { leaveHere } from '../commands/host/exec.ts';
import type { Context } from '../context.ts';
import { CliError, UsageError } from '../error.ts';
import { EXIT } from '../exit-code.ts';
import { undisturbed } from '../undisturbed.ts';
import { slotAsked } from './state.ts';
import type { Wanted } from './wanted.ts';

/**
 * Does what is wanted, in this order: unload, load, shutdown, or write out, take the network down and reboot.
 *
 * @param path the kernel that was named, if one was.
 * @returns the exit code.
 * @throws what stands in the way.
 */
export async function act(wanted: Wanted, path: string | undefined, context: Context): Promise<number> {
  if (wanted.status) return statusOf(wanted, context);
  if (wanted.size) return await tellSize(context);
  if (wanted.unload) await unload(wanted, context);
  if (wanted.load) {
    if (path === undefined) throw new UsageError('EINVAL', 'No kernel specified', 'name one: kexec -l /boot/vmlinuz');
    const { load } = await import('./load.ts');
    await load(wanted, path, context);
  }
  if (wanted.shutdown) return await shutdown();
  if (wanted.exec) {
    await exec(wanted, context);
    return EXIT.done;
  }
  if (wanted.sync) (await thisKernel()).call('sync');
  return EXIT.done;
}

/** The exit code is the answer. */
function statusOf(wanted: Wanted, { io }: Context): number {
  const slot = slotAsked(wanted);
  const isLoaded = slotsNow()[slot];
  if (isLoaded !== undefined) return isLoaded ? 1 : 0;
  io.err(
    `kexec: whether a kernel is loaded is not known: /sys/kernel/kexec_${slot === 'crash' ? 'crash_' : ''}loaded cannot be read\n`,
  );
  return EXIT.trouble;
}

async function tellSize({ io }: Context): Promise<number> {
  const { crashSize } = slotsOf(await readHost());
  if (crashSize === undefined)
    throw new CliError('EIO', '/sys/kernel/kexec_crash_size cannot be read', 'mount sysfs at /sys');
  io.out(`${crashSize}\n`);
  return EXIT.done;
}

async function unload({ panic }: Wanted, context: Context): Promise<void> {
  context.doing = 'unloading';
  await undisturbed(context, async () => {
    const host = await readHost();
    await (panic ? unloadCrash(host) : unloadForReboot(host));
  });
  context.doing = undefined;
}

async function exec({ sync, ifdown }: Wanted, { io }: Context): Promise<void> {
  if (slotsNow().next === false)
    throw new UsageError('EINVAL', 'Nothing has been loaded', 'load a kernel first: kexec -l');
  await leaveHere({ atOnce: true, sync, networkDown: ifdown, ...(io.signal && { signal: io.signal }) });
}

/** Lets the system stop everything in its order, and reboot then. @returns its exit code. */
function shutdown(): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('shutdown', ['-r', 'now'], { stdio: 'inherit' });
    child.once('error', (cause) =>
      reject(
        new CliError(
          'ENOENT',
          `shutdown(8) cannot be run: ${cause.message}`,
          'the kernel is loaded: kexec -e reboots into it',
          {
            cause,
          },
        ),
      ),
    );
    child.once('close', (code) => resolve(code ?? EXIT.failed));
  });
}
