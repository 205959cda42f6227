import { LinuxError } from '../error.ts';
import { DiskFiles } from '../files/disk.ts';
import { latin1 } from '../reading.ts';
import { addToCmdline, withoutParameters } from './cmdline.ts';
import { parseAssignments } from './shell-assignments.ts';
import { unreadable } from './unreadable.ts';

/** The capture kernel that a distribution's kdump would load. */
export interface KdumpSetup {
  /** The file that says so. */
  readonly config: string;
  /** Paths, as they are called on the host. */
  readonly kernel: string;
  readonly initrd: string | undefined;
  readonly cmdline: string;
}

/** What the running kernel is, where a configuration does not say otherwise. */
export interface RunningKernel {
  readonly root: string;
  readonly release: string;
  readonly cmdline: string;
}

/**
 * What the distribution's kdump is configured to load; undefined where it has none, or has it switched off. Its files are
 * read, and nothing of them is executed.
 *
 * @throws LinuxError `EINVAL` for a configuration that only a shell could read, `ENOENT` for one whose kernel is not there.
 */
export async function readKdumpSetup(running: RunningKernel): Promise<KdumpSetup | undefined> {
  return (await readKdumpTools(running)) ?? (await readKdumpUtils(running));
}

const KDUMP_TOOLS = '/etc/default/kdump-tools';
/** kdump-tools.5: what is appended where the configuration does not say. */
const KDUMP_TOOLS_APPEND = 'reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb';

/** Debian and Ubuntu: kdump-tools. */
async function readKdumpTools(running: RunningKernel): Promise<KdumpSetup | undefined> {
  const value = await configuration(running.root, KDUMP_TOOLS);
  if (value === undefined || (value('USE_KDUMP') || '0') === '0') return undefined;
  const { release } = running;
  const named = value('KDUMP_KERNEL');
  // Its links in /var/lib/kdump are mended only when it loads: the running kernel's own files are what it would load.
  const isLink = named === undefined || named === '/var/lib/kdump/vmlinuz';
  const kernel = await firstThere(running.root, [
    ...(isLink ? [`/boot/vmlinuz-${release}`, `/boot/vmlinux-${release}`] : []),
    ...(named === undefined ? [] : [named]),
  ]);
  const initrd = value('KDUMP_INITRD');
  const initrds = isLink
    ? [`/var/lib/kdump/initrd.img-${release}`, ...(initrd === undefined ? [`/boot/initrd.img-${release}`] : [initrd])]
    : initrd === undefined
      ? []
      : [initrd];
  const line = value('KDUMP_CMDLINE') || withoutParameters(running.cmdline, ['hugepages', 'hugepagesz', 'abm']);
  return {
    config: KDUMP_TOOLS,
    kernel: kernel ?? missing(KDUMP_TOOLS, named ?? `/boot/vmlinuz-${release}`),
    initrd: await firstThere(running.root, initrds),
    cmdline: addToCmdline(withoutParameters(line, []), value('KDUMP_CMDLINE_APPEND') ?? KDUMP_TOOLS_APPEND),
  };
}

const KDUMP_UTILS = '/etc/sysconfig/kdump';
/** What kdumpctl takes away whatever its configuration says. */
const KDUMP_UTILS_REMOVED = [
  ...['panic_on_warn', 'root', 'rd.lvm.lv', 'rd.luks.uuid', 'rd.dm.uuid', 'rd.md.uuid', 'fcoe'],
  ...['netroot', 'rd.iscsi.initiator', 'iscsi_initiator'],
];

/** Fedora and Red Hat: kdump-utils, with /etc/kdump.conf beside it, which says where a dump goes. */
async function readKdumpUtils(running: RunningKernel): Promise<KdumpSetup | undefined> {
  const { root } = running;
  const value = await configuration(root, KDUMP_UTILS);
  if (value === undefined || !(await isThere(root, '/etc/kdump.conf'))) return undefined;
  const release = value('KDUMP_KERNELVER') || running.release;
  const folders = value('KDUMP_BOOTDIR') ? [value('KDUMP_BOOTDIR')] : ['/boot', '/boot/efi', '/efi', ''];
  const name = `${value('KDUMP_IMG') || 'vmlinuz'}-${release}${value('KDUMP_IMG_EXT') ?? ''}`;
  const initrd = `initramfs-${release}kdump.img`;
  const removed = (value('KDUMP_COMMANDLINE_REMOVE') ?? '').split(/\s+/).filter((each) => each !== '');
  const line = withoutParameters(value('KDUMP_COMMANDLINE') || running.cmdline, [...removed, ...KDUMP_UTILS_REMOVED]);
  return {
    config: KDUMP_UTILS,
    kernel:
      (await firstThere(
        root,
        folders.map((folder) => `${folder}/${name}`),
      )) ?? missing(KDUMP_UTILS, `/boot/${name}`),
    initrd:
      (await firstThere(
        root,
        [...folders, '/var/lib/kdump'].map((folder) => `${folder}/${initrd}`),
      )) ?? missing(KDUMP_UTILS, `/boot/${initrd}`),
    cmdline: addToCmdline(line, value('KDUMP_COMMANDLINE_APPEND') ?? 'irqpoll nr_cpus=1 reset_devices'),
  };
}

/** Bytes: as much as anybody writes of assignments. */
const CONFIG_MAX = 2 ** 16;

/** Looks names up in a configuration file; undefined where there is none. */
async function configuration(root: string, path: string): Promise<((name: string) => string | undefined) | undefined> {
  const file = await new DiskFiles(root).read(path, CONFIG_MAX);
  if (!file.ok) {
    if (file.unread.code === 'ENOENT' || file.unread.code === 'ENOTDIR') return undefined;
    throw unreadable(file.unread);
  }
  const { values, computed, opaqueLine } = parseAssignments(latin1(file.value));
  return (name) => {
    if (opaqueLine !== undefined) throw onlyByShell(path, name, `line ${opaqueLine} is more than an assignment`);
    if (computed.has(name)) throw onlyByShell(path, name, 'its value is computed');
    return values.get(name);
  };
}

const onlyByShell = (path: string, name: string, why: string): LinuxError =>
  new LinuxError(
    'EINVAL',
    `only a shell can tell what ${path} sets ${name} to: ${why}`,
    'name the capture kernel yourself: --capture-kernel, --capture-initrd, --capture-append',
    { path, value: name },
  );

async function isThere(root: string, path: string): Promise<boolean> {
  const found = await new DiskFiles(root).exists(path);
  return found.ok && found.value;
}

async function firstThere(root: string, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isThere(root, path)) return path;
  return undefined;
}

function missing(config: string, path: string): never {
  throw new LinuxError(
    'ENOENT',
    `the capture kernel that ${config} names is not there: ${path}`,
    'install it, or name another: --capture-kernel, --capture-initrd',
    { path },
  );
}
