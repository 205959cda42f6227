// What the tests need beyond npm. Installed where we are root on Debian or Ubuntu; elsewhere one line says what is
// missing, and the tests that need it are listed as skipped.
import { spawnSync } from 'node:child_process';
import { runChild } from './child.mjs';
import { fetchDebianKernel } from './debian-kernel.mjs';
import { fetchGuestFiles } from './guest-files.mjs';

const programs = [
  { program: 'qemu-system-aarch64', package: 'qemu-system-arm' },
  { program: 'qemu-system-x86_64', package: 'qemu-system-x86' },
  { program: 'dtc', package: 'device-tree-compiler' },
  { program: 'aarch64-linux-gnu-as', package: 'binutils-aarch64-linux-gnu' },
  { program: 'objcopy', package: 'binutils' },
  { program: 'zstd', package: 'zstd' },
  { program: 'cpio', package: 'cpio' },
  { program: 'lz4', package: 'lz4' },
  { program: 'xz', package: 'xz-utils' },
  { program: 'mke2fs', package: 'e2fsprogs' },
  { program: 'ssh', package: 'openssh-client' },
  { program: '/usr/lib/postgresql/*/bin/initdb', package: 'postgresql' },
  { program: 'python3', package: 'python3' },
  { program: 'zsh', package: 'zsh' },
  { program: 'fish', package: 'fish' },
  { program: 'mandoc', package: 'mandoc' },
  { program: 'jq', package: 'jq' },
  { program: 'chromium', package: 'chromium' },
];

const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;

/** Makes QEMU, dtc, GNU as, Chromium and others, Debian's arm64 kernels and the guests' programs available, as far as this host allows. */
export async function prepareHost() {
  const missing = programs.filter(({ program }) => !has(program)).map((entry) => entry.package);
  if (missing.length > 0) await installPackages(missing);
  await fetchDebianKernel();
  await fetchGuestFiles();
}

/** Makes a C compiler available for the programs that benchmarks are held against. */
export async function prepareCompiler() {
  if (!has('cc')) await installPackages(['gcc', 'libc6-dev']);
}

async function installPackages(packages) {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !has('apt-get')) {
    console.error(`kexeckit: something will be skipped; install for it: ${packages.join(' ')}`);
    return;
  }
  console.log(`installing ${packages.join(' ')} …`);
  await apt('update', '-q');
  await apt('install', '-y', '-q', '--no-install-recommends', ...packages);
}

async function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { code, stderr } = await runChild('apt-get', args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  if (code !== 0) console.error(`kexeckit: apt-get ${args[0]} failed: ${stderr.trim().split('\n').at(-1)}`);
}
