import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Architecture, namesOf } from './architecture.ts';
import type { Edition } from './edition.ts';
import { runProgram } from './program.ts';

/** What a Debian package has in it. */
export interface Contents {
  readonly edition: Edition;
  readonly architecture: Architecture;
  /** The command as a program of its own. */
  readonly program: string;
  /** The folder of manual pages, as text. */
  readonly manual: string;
  /** A script for each shell, by its name. */
  readonly completion: ReadonlyMap<Shell, string>;
  /** Units of systemd. */
  readonly units: readonly string[];
  /** What goes into the copyright file. */
  readonly licences: Licences;
}

/** Shells that complete command lines. */
export type Shell = 'bash' | 'zsh' | 'fish';

/** Licences, as texts. */
export interface Licences {
  /** Of the command and its libraries. */
  readonly command: string;
  readonly node: string;
}

/** Where shells look for the script of a command. */
const completionPaths: Readonly<Record<Shell, string>> = {
  bash: 'usr/share/bash-completion/completions/kexeckit',
  zsh: 'usr/share/zsh/vendor-completions/_kexeckit',
  fish: 'usr/share/fish/vendor_completions.d/kexeckit.fish',
};

const MAINTAINER = 'kexeckit <kexeckit@users.noreply.github.com>';

/**
 * What Node and koffi are linked with: libc 2.28 and a libstdc++ of GCC 8 or newer. Gzip is what every dpkg reads, and a fifth of
 * the work of xz.
 */
const control = ({ edition, architecture }: Contents, kibibytes: number): string => `Package: kexeckit
Version: ${edition.version}
Architecture: ${namesOf[architecture].debian}
Maintainer: ${MAINTAINER}
Installed-Size: ${kibibytes}
Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 8)
Suggests: qemu-system-arm
Section: admin
Priority: optional
Homepage: https://github.com/kexeckit/kexeckit
Description: plan, prove and perform arm64 kexec reboots
 kexec starts a new kernel from a running one and skips the firmware. kexeckit
 plans such a reboot, proves it over every page, rehearses it on a machine
 model that is stricter than hardware, and performs it: on that model, in QEMU,
 or on the host that it runs on.
 .
 The command is a program of its own, with Node.js and all libraries in it.
`;

/**
 * Makes a Debian package with Debian's own tools.
 *
 * @throws DistributionError where these are missing or fail.
 */
export function makeDebianPackage(output: string, contents: Contents): void {
  const root = mkdtempSync(join(dirname(output), '.debian-'));
  try {
    fill(root, contents);
    chmodSync(root, 0o755);
    const env = { SOURCE_DATE_EPOCH: String(contents.edition.time) };
    const args = ['--root-owner-group', '-Zgzip', '--build', root, output];
    runProgram('apt-get install dpkg', 'dpkg-deb', args, { env });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function fill(root: string, contents: Contents): void {
  const put = (path: string, text: string | Uint8Array, mode = 0o644): void => {
    makeFolder(root, dirname(path));
    writeFileSync(join(root, path), text);
    chmodSync(join(root, path), mode);
  };
  makeFolder(root, 'usr/bin');
  copyFileSync(contents.program, join(root, 'usr/bin/kexeckit'));
  chmodSync(join(root, 'usr/bin/kexeckit'), 0o755);
  for (const page of readdirSync(contents.manual).toSorted())
    put(`usr/share/man/man1/${page}.gz`, gzipped(readFileSync(join(contents.manual, page))));
  for (const [shell, script] of contents.completion) put(completionPaths[shell], script);
  for (const unit of contents.units)
    put(`lib/systemd/system/${unit.slice(unit.lastIndexOf('/') + 1)}`, readFileSync(unit));
  put('usr/share/doc/kexeckit/copyright', copyrightOf(contents.licences));
  put('usr/share/doc/kexeckit/changelog.gz', gzipped(changelog(contents.edition)));
  const files = filesBelow(root).map((file) => relative(root, file));
  const size = files.reduce((sum, file) => sum + Math.ceil(statSync(join(root, file)).size / 1024), 0);
  put('DEBIAN/control', control(contents, size));
  put('DEBIAN/md5sums', files.map((file) => `${md5(join(root, file))}  ${file}\n`).join(''));
}

/** With permissions that do not depend on who makes it. */
function makeFolder(root: string, path: string): void {
  if (path === '.') return;
  makeFolder(root, dirname(path));
  mkdirSync(join(root, path), { recursive: true });
  chmodSync(join(root, path), 0o755);
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();

const md5 = (file: string): string => createHash('md5').update(readFileSync(file)).digest('hex');

const changelog = ({ version, time }: Edition): string => `kexeckit (${version}) unstable; urgency=medium

  * See https://github.com/kexeckit/kexeckit/blob/main/apps/cli/CHANGELOG.md

 -- ${MAINTAINER}  ${new Date(time * 1000).toUTCString().replace('GMT', '+0000')}
`;

/** The file that says whose everything in the program is. */
export const copyrightOf = ({ command, node }: Licences): string => `kexeckit is at https://github.com/kexeckit/kexeckit

${command.trim()}

The program has Node.js in it.

Node.js
-------

${node.trim()}
`;

const gzipped = (text: string | Uint8Array): Uint8Array => gzipSync(text, { level: 9 });
