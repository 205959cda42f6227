import { basename } from 'node:path';
import { type Entry, entriesBelow } from './entry.ts';
import { type DrivenVersion, type FileSet, folderOf } from './files.ts';
import { MARK } from './init.ts';
import { initramfs } from './initramfs.ts';

/** In the order in which they can be loaded; not every version has all of them. */
const DRIVERS = [
  ...['virtio', 'virtio_ring', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev', 'virtio_pci', 'virtio_blk'],
  ...['failover', 'net_failover', 'virtio_net'],
] as const;

/** How long the disk is waited for, in tenths of a second. */
const PATIENCE = 100;

const BUSYBOX = 'bin/busybox';

/** An initramfs that finds the machine's disk, as distributions have one: what is on it decides the rest. */
export function diskInitramfs(version: DrivenVersion): Uint8Array {
  const drivers = entriesBelow(folderOf(`drivers-${version}`))
    .filter(({ path }) => path.endsWith('.ko'))
    .map((entry): Entry => ({ ...entry, path: `drivers/${basename(entry.path)}` }));
  const busybox = entriesBelow(folderOf('programs')).filter(({ path }) => path === BUSYBOX);
  const init: Entry = { kind: 'file', path: 'init', content: FIND_DISK, mode: 0o755 };
  return initramfs([...busybox, ...drivers, init], 9);
}

const FIND_DISK = `#!/${BUSYBOX} sh
export PATH=/bin
busybox mkdir -p /proc /sys /dev /root
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
busybox --install -s /bin
for name in ${DRIVERS.join(' ')}; do
  if [ -f /drivers/$name.ko ]; then insmod /drivers/$name.ko; fi
done
for i in $(seq ${PATIENCE}); do
  if [ -b /dev/vda ]; then break; fi
  sleep 0.1
done
mount -t ext4 /dev/vda /root
for name in proc sys dev; do mount --move /$name /root/$name; done
exec switch_root /root /sbin/init
`;

/** Who a host is, and who may log in as root. */
export interface SshHost {
  /** What its /etc/machine-id says. */
  readonly machineId: string;
  /** Its private key, which it keeps over reboots. */
  readonly hostKey: string;
  /** In the form of authorized_keys. */
  readonly authorizedKeys: string;
}

/** The sets of files that {@link sshHostDisk} needs, with Node. */
export const sshHostSets: readonly FileSet[] = ['programs', 'node', 'sshd-arm64'];

/** What stands on the disk of a host that is reached by Debian's sshd, beside what it is given. */
export function sshHostDisk({ machineId, hostKey, authorizedKeys }: SshHost, more: readonly Entry[]): Entry[] {
  const file = (path: string, content: string, mode = 0o644): Entry => ({ kind: 'file', path, content, mode });
  return [
    ...sshHostSets.flatMap((set) => entriesBelow(folderOf(set))).filter(({ path }) => path !== 'CONTENTS'),
    ...['proc', 'sys', 'dev', 'run', 'tmp', 'root'].map((path): Entry => ({ kind: 'folder', path })),
    { kind: 'link', path: 'sbin/init', target: `/${BUSYBOX}` },
    { kind: 'link', path: 'usr/bin/env', target: `/${BUSYBOX}` },
    file('etc/machine-id', `${machineId}\n`),
    file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/bin/false\n'),
    file('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
    file('etc/ssh/host_key', hostKey, 0o600),
    file('etc/ssh/authorized_keys', authorizedKeys),
    file('etc/ssh/sshd_config', SSHD_CONFIG),
    file('etc/inittab', '::sysinit:/etc/rc\n::respawn:/usr/sbin/sshd -D -e\n'),
    file('etc/rc', START_UP, 0o755),
    ...more,
  ];
}

const SSHD_CONFIG = `HostKey /etc/ssh/host_key
AuthorizedKeysFile /etc/ssh/authorized_keys
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PidFile none
LogLevel ERROR
`;

/** The address is the one that QEMU's network gives its guest. */
const START_UP = `#!/${BUSYBOX} sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
/${BUSYBOX} --install -s /bin
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
mkdir -p /run/sshd /dev/shm
mount -t tmpfs shm /dev/shm
chown -R 0:0 /var/lib /etc
hostname -F /etc/machine-id
ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
echo "${MARK} up $(uname -r)"
`;

/** QEMU's arguments for such a host: its disk, and its port 22 as a port of this host. */
export const sshHostMachine = (disk: string, port: number): string[] => [
  ...['-drive', `if=none,id=disk,format=raw,file=${disk}`, '-device', 'virtio-blk-pci,drive=disk'],
  ...['-netdev', `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`],
  // Nobody boots from the network.
  ...['-device', 'virtio-net-pci,netdev=net,romfile='],
];
