import { GuestError } from './error.ts';

/** How the lines of the console begin that the guest's init prints. */
export const MARK = 'GUEST:';

/** The parameter of the command line that says which stage a kernel is; 1 by default. */
export const STAGE = 'guest_stage';

/** What a guest does: one list of shell commands for each kernel that comes up in it. */
export type Stages = readonly (readonly string[])[];

/**
 * The guest's /init, a script for busybox: it mounts what a system has, runs the commands of its stage in one shell, says
 * of each where it began and how it ended, and powers the machine off.
 *
 * @throws GuestError `EINVAL` for a guest that has nothing to do.
 */
export function guestInit(stages: Stages): string {
  if (stages.length === 0) throw new GuestError('EINVAL', 'a guest has no stage', 'give at least one list of commands');
  return `${PREAMBLE}${stages.map(stageOf).join('')}
echo "${MARK} off"
poweroff -f
`;
}

/**
 * Console messages of the kernel would cut lines of ours in two: from here on only errors come through.
 *
 * `pack_root FILE` packs the root into an initramfs for the next kernel, which comes up in the same root with that.
 */
const PREAMBLE = `#!/bin/busybox sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin NO_COLOR=1
busybox mkdir -p /bin /proc /sys /dev /tmp /run /usr/bin
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
busybox --install -s /bin
ln -sf /bin/busybox /usr/bin/env
mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
dmesg -n 4
pack_root() { (cd / && find . -xdev ! -path ".$1" | cpio -o -H newc >"$1"); }
echo "${MARK} up $(uname -r)"
`;

/** The commands of one stage as a script that says of each where it began and how it ended. */
export const stepsScript = (commands: readonly string[]): string =>
  commands.map((command, step) => `echo "${MARK} begin ${step}"\n${command}\necho "${MARK} end ${step} $?"\n`).join('');

function stageOf(commands: readonly string[], index: number): string {
  return `if [ "\${${STAGE}:-1}" = ${index + 1} ]; then
:
${stepsScript(commands)}fi
`;
}

/** How one command went. */
export interface Step {
  /** Its exit code; undefined where the guest did not come to its end. */
  readonly status: number | undefined;
  readonly output: string;
}

/** What the commands printed, one list for each kernel that came up, read from the console. */
export function stepsOf(console: string): readonly (readonly Step[])[] {
  return console
    .split(new RegExp(`^${MARK} up .*\\n`, 'm'))
    .slice(1)
    .map((text) =>
      text
        .split(new RegExp(`^${MARK} begin \\d+\\n`, 'm'))
        .slice(1)
        .map(stepOf),
    );
}

function stepOf(text: string): Step {
  // What a command prints may end without the end of a line.
  const end = new RegExp(`${MARK} end \\d+ (\\d+)$`, 'm').exec(text);
  return { status: end === null ? undefined : Number(end[1]), output: text.slice(0, end?.index) };
}
