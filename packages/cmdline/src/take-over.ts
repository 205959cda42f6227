import { appendRaw, removeParameter } from './edit.ts';

/** What to change on the way from one kernel to the next. */
export interface TakeOverOptions {
  /** Parameters to drop besides `BOOT_IMAGE` (which names the running kernel's file), such as `crashkernel`. */
  drop?: readonly string[] | undefined;
  /** Text to add at the end of the kernel's part, as it stands. */
  append?: string | undefined;
}

/**
 * The running kernel's command line made ready for the next one, as `kexec --reuse-cmdline` does: without `BOOT_IMAGE`
 * and whatever else is dropped, without the newline of /proc/cmdline, with the addition in front of any `--`. Everything
 * else stays byte for byte.
 *
 * @throws {CmdlineError} EINVAL if an open quote would swallow the addition.
 */
export function takeOverCmdline(running: string, options: TakeOverOptions = {}): string {
  let line = running.endsWith('\n') ? running.slice(0, -1) : running;
  for (const name of ['BOOT_IMAGE', ...(options.drop ?? [])]) line = removeParameter(line, name);
  return options.append ? appendRaw(line, options.append) : line;
}
