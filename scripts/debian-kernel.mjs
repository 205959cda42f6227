// Debian's arm64 kernel and installer initramfs, the real input of the QEMU tests: fetched by the ordinary Debian client
// and kept outside the tree.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild } from './child.mjs';

const PACKAGE = 'debian-installer-12-netboot-arm64';
const IMAGES = 'usr/lib/debian-installer/images/12/arm64/text/debian-installer/arm64';
const FILES = ['linux', 'initrd.gz'];

/** Where the two files are, or would be: `KEXECKIT_DEBIAN_KERNEL`, or the user's cache. */
export function debianKernelFolder() {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return process.env.KEXECKIT_DEBIAN_KERNEL ?? join(cache, 'kexeckit', PACKAGE);
}

const isComplete = (folder) => FILES.every((file) => existsSync(join(folder, file)));

/** Fetches the files unless they are there; where that cannot be done, says in one line what to do. */
export async function fetchDebianKernel() {
  const folder = debianKernelFolder();
  if (isComplete(folder)) return;
  console.log(`fetching ${PACKAGE} …`);
  const work = mkdtempSync(join(tmpdir(), 'kexeckit-'));
  try {
    const problem = await download(work);
    if (problem !== undefined) {
      console.error(
        `kexeckit: the boot tests will be skipped (${problem}); put linux and initrd.gz of Debian's ${PACKAGE} into ${folder}`,
      );
      return;
    }
    keep(join(work, 'root', IMAGES), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Downloads and unpacks into `work`/root; returns what went wrong. */
async function download(work) {
  let problem = await step(work, 'apt-get', '-oAPT::Sandbox::User=root', 'download', PACKAGE);
  if (problem !== undefined && process.getuid?.() === 0) {
    await step(work, 'apt-get', 'update', '-q');
    problem = await step(work, 'apt-get', '-oAPT::Sandbox::User=root', 'download', PACKAGE);
  }
  if (problem !== undefined) return problem;
  const file = readdirSync(work).find((name) => name.endsWith('.deb'));
  return file === undefined ? 'apt-get downloaded nothing' : step(work, 'dpkg-deb', '-x', file, 'root');
}

async function step(cwd, program, ...args) {
  const { code, error, stderr } = await runChild(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  if (error) return `${program} is not here`;
  return code === 0 ? undefined : `${program}: ${stderr.trim().split('\n').at(-1)}`;
}

/** Moves the files into place in one go, so that an interrupted run leaves no half of them. */
function keep(from, folder) {
  const half = `${folder}.part`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true });
  for (const file of FILES) copyFileSync(join(from, file), join(half, file));
  rmSync(folder, { recursive: true, force: true });
  renameSync(half, folder);
}
