import { quoted } from '../quoted.ts';

/** The old kernel's init, and the folder that is ours in its root. */
export const FOLDER = 'kexeckit-from';
export const INIT: string = `/${FOLDER}/init`;

/** How the lines begin that it prints, and how they end: a console shows them in pieces. */
const MARK = `${FOLDER}:`;
const END = ' .';

/** It runs. */
export const isUp: RegExp = new RegExp(`${MARK} up (\\S+) \\.`);
/** The root lacks what stands there. */
export const lacks: RegExp = new RegExp(`${MARK} lacks (.+) \\.`);
/** The command came back, with this exit code: what it wrote stands between this line and the one before. */
export const hasEnded: RegExp = new RegExp(`${MARK} ended (\\d+) \\.`);
/** What the kernel says where it cannot run the init: there is no busybox for it, or none that runs. */
export const cannotRun: RegExp = new RegExp(`Failed to execute ${INIT} \\(error -(\\d+)\\)`);

const REPORT = `${MARK} report`;

/**
 * A script for busybox: it mounts what a system has, and runs the command with these words. What the command writes to standard
 * output is printed when it has come back; then the machine is switched off.
 */
export const initScript = (words: readonly string[]): string => `#!/bin/busybox sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin NO_COLOR=1 TERM=dumb
busybox mkdir -p /bin /proc /sys /dev /tmp /run
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
busybox mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
busybox --install -s /bin
off() { dmesg -n 1; echo "${MARK} $*${END}"; poweroff -f; }
echo "${MARK} up $(uname -r)${END}"
command -v kexeckit >/dev/null || off lacks kexeckit
# The console gets what the kernel says when it goes.
dmesg -n 8
echo "${MARK} runs kexeckit, which takes its time"
kexeckit ${words.map(quoted).join(' ')} >/${FOLDER}/out
status=$?
dmesg -n 1
echo "${REPORT}"
cat /${FOLDER}/out
off ended $status
`;

/** What the command wrote to standard output before it came back, of the text of a console. */
export function reportIn(console: string): string {
  const from = console.lastIndexOf(REPORT);
  return from < 0
    ? ''
    : console
        .slice(from + REPORT.length)
        .split(MARK, 1)
        .join('');
}
