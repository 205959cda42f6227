import { type Entry, entriesBelow } from './entry.ts';
import { folderOf } from './files.ts';
import { MARK, stepsScript } from './init.ts';

/** Where systemd finds units that an administrator has put there. */
const UNITS = 'etc/systemd/system';

/** What the guest does when it has started up, on its console. */
const STEPS = `[Unit]
Description=What the guest does

[Service]
Type=oneshot
Environment=PATH=/usr/bin:/usr/sbin NO_COLOR=1
ExecStart=/usr/bin/busybox sh /steps
StandardOutput=tty
StandardError=tty
TTYPath=/dev/console
`;

/** The command line that its kernel needs besides. */
export const SYSTEMD_CMDLINE = 'rdinit=/usr/lib/systemd/systemd systemd.firstboot=off systemd.show_status=0 quiet';

/** The root of a guest that systemd runs, as Debian has it, with these commands and what else is to stand in it. */
export function systemdRoot(commands: readonly string[], more: readonly Entry[]): Entry[] {
  const system = entriesBelow(folderOf('systemd')).filter(({ path }) => path !== 'CONTENTS');
  const file = (path: string, content: string): Entry => ({ kind: 'file', path, content });
  const link = (path: string, target: string): Entry => ({ kind: 'link', path, target });
  return [
    ...['bin', 'sbin', 'lib'].map((name) => link(name, `usr/${name}`)),
    ...[...system, ...more].map((entry) => ({ ...entry, path: merged(entry.path) })),
    file('etc/machine-id', '0123456789abcdef0123456789abcdef\n'),
    file('etc/passwd', 'root:x:0:0:root:/:/bin/sh\n'),
    file('etc/group', 'root:x:0:\n'),
    ...['env', 'sh', 'cat', 'dmesg', 'grep', 'sed', 'sleep', 'uname'].map((name) => link(`usr/bin/${name}`, 'busybox')),
    file('steps', `dmesg -n 4\necho "${MARK} up $(uname -r)"\n${stepsScript(commands)}`),
    file(`${UNITS}/steps.service`, STEPS),
    link(`${UNITS}/multi-user.target.wants/steps.service`, '/etc/systemd/system/steps.service'),
    link(`${UNITS}/default.target`, '/usr/lib/systemd/system/multi-user.target'),
    // Nobody logs in.
    ...['getty.target', 'console-getty.service'].map((name) => link(`${UNITS}/${name}`, '/dev/null')),
  ];
}

/** Debian's packages of this suite still have paths of before bin, sbin and lib were links. */
const merged = (path: string): string => (/^(bin|sbin|lib)\//.test(path) ? `usr/${path}` : path);
