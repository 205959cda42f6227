import { spawn } from 'node:child_process';
import { LinuxError } from '../error.ts';
import { isLoadedNow } from '../machine/loaded-now.ts';
import { errnoOf } from '../reading.ts';
import type { Kernel } from '../syscalls/kernel.ts';

/** A program that is run, and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** Runs a program to its end. @returns its exit code; @throws what node:child_process does where it cannot be started. */
export type RunProgram = (command: CommandLine) => Promise<number>;

/** A service of the distribution's that had loaded the crash kernel, and can load it again. */
export interface KdumpService {
  readonly unit: string;
  /** Loads the crash kernel again. @throws LinuxError `EIO` where it does not. */
  readonly reload: () => Promise<void>;
}

/** How each service's own program reloads; the first that there is counts. */
const SERVICES: readonly { readonly unit: string; readonly reload: readonly CommandLine[] }[] = [
  { unit: 'kdump-tools.service', reload: [['kdump-config', 'reload']] },
  {
    unit: 'kdump.service',
    reload: [
      ['kdumpctl', 'reload'],
      ['systemctl', 'restart', 'kdump.service'],
    ],
  },
];

/** Folders that a cron job, or a sudo, may leave out. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Milliseconds: Fedora's may build an initramfs first. */
const PATIENCE = 300_000;

/** Which kdump service is active on this host; undefined where none is, or nobody can tell. */
export async function activeKdumpService(run: RunProgram = runProgram): Promise<KdumpService | undefined> {
  for (const { unit, reload } of SERVICES) {
    if (!(await isActive(unit, run))) continue;
    return { unit, reload: () => reloadBy(unit, reload, run) };
  }
  return undefined;
}

async function isActive(unit: string, run: RunProgram): Promise<boolean> {
  try {
    return (await run(['systemctl', 'is-active', '--quiet', unit])) === 0;
  } catch {
    return false; // There is no systemd.
  }
}

async function reloadBy(unit: string, commands: readonly CommandLine[], run: RunProgram): Promise<void> {
  for (const command of commands) {
    const code = await run(command).catch((error: unknown) => (errnoOf(error) === 'ENOENT' ? undefined : error));
    if (code === 0) return;
    if (code !== undefined)
      throw notReloaded(unit, `${command.join(' ')} failed (${code instanceof Error ? code.message : String(code)})`);
  }
  throw notReloaded(unit, 'its program is not there');
}

/**
 * Lets a service load its crash kernel again. One that is switched off, or only warns, ends well, too: the kernel has the last word.
 *
 * @throws LinuxError `EIO` where nothing is loaded for a panic then.
 */
export async function reloadBack({ unit, reload }: KdumpService, kernel: Pick<Kernel, 'text'>): Promise<void> {
  await reload();
  if (isLoadedNow((path) => kernel.text(path), 'crash') === false)
    throw notReloaded(unit, 'its reload ended well, and has loaded nothing');
}

const notReloaded = (unit: string, why: string): LinuxError =>
  new LinuxError(
    'EIO',
    `no crash kernel is loaded any more, and ${unit} did not load it again: ${why}`,
    `until it does, a panic leaves no dump: systemctl restart ${unit}`,
    { value: unit },
  );

/**
 * What it says belongs to the journal. It is in a process group of its own: a Ctrl-C that ends this process must not keep it
 * from loading.
 */
export const runProgram: RunProgram = ([program, ...args]) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, PATH }, stdio: 'ignore', detached: true });
    // spawn's own time limit goes on, and keeps this process, where there is no such program.
    const timer = setTimeout(() => child.kill(), PATIENCE);
    child
      .once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      })
      .once('close', (code, signal) => {
        clearTimeout(timer);
        if (code !== null) resolve(code);
        else reject(new LinuxError('EIO', `${program} was ended by ${signal}`, 'see the journal', { value: program }));
      });
  });
