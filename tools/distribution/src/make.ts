import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Architecture, architectures, namesOf } from './architecture.ts';
import { bundle } from './bundle.ts';
import { copyrightOf, makeDebianPackage, type Shell } from './debian.ts';
import { dayOf, editionOf } from './edition.ts';
import { makeExecutable } from './executable.ts';
import { layout } from './layout.ts';
import { runProgram } from './program.ts';
import { rootOf } from './root.ts';

/** What is fetched: Node for each architecture, and its licence. */
export interface Nodes {
  readonly node: Readonly<Record<Architecture, string>>;
  readonly licence: string;
}

/** Makes the command one file: the last step of its build. */
export async function makeScript(): Promise<void> {
  const { text, licences } = await bundle(layout.command);
  // All of this folder goes into the package for npm.
  rmSync(dirname(layout.script), { recursive: true, force: true });
  mkdirSync(dirname(layout.script), { recursive: true });
  writeFileSync(layout.script, text, { mode: 0o755 });
  const ours = readFileSync(layout.licence, 'utf8');
  writeFileSync(layout.licences, `${ours}\nThe command has these libraries in it.\n\n${licences}`);
}

/** Writes the manual pages of the built command. */
export function makeManual(): void {
  rmSync(layout.manual, { recursive: true, force: true });
  const args = [layout.writePages, layout.manual, dayOf(editionOf(layout.command))];
  runProgram('npm run build builds it', process.execPath, args);
}

/** Makes a program of its own into a folder. Returns its path. */
export function makeProgram(folder: string, architecture: Architecture, { node }: Nodes): string {
  mkdirSync(folder, { recursive: true });
  const output = join(folder, `kexeckit-linux-${architecture}`);
  const packer = node[process.arch === 'arm64' ? 'arm64' : 'x64'];
  const script = readFileSync(layout.script, 'utf8');
  makeExecutable(output, { script, packer, architecture, node: node[architecture] });
  return output;
}

/** Makes a Debian package around a program into its folder. Returns its path. */
export function makePackage(program: string, architecture: Architecture, { licence }: Nodes): string {
  const edition = editionOf(layout.command);
  const output = join(dirname(program), `kexeckit_${edition.version}_${namesOf[architecture].debian}.deb`);
  makeManual();
  makeDebianPackage(output, {
    edition,
    architecture,
    program,
    manual: layout.manual,
    completion: new Map(shells.map((shell) => [shell, completionFor(shell)])),
    units: layout.units,
    licences: { command: readFileSync(layout.licences, 'utf8'), node: readFileSync(licence, 'utf8') },
  });
  return output;
}

const shells: readonly Shell[] = ['bash', 'zsh', 'fish'];

const completionFor = (shell: Shell): string =>
  runProgram('npm run build builds it', process.execPath, [layout.script, 'completion', shell]);

/**
 * Makes a root with an arm64 program into its folder, an initramfs to reboot from. Returns its path.
 *
 * @param files the folder of what else it needs.
 */
export function makeRoot(program: string, files: string, { licence }: Nodes): string {
  const output = join(dirname(program), 'kexeckit-root-arm64.cpio.gz');
  const copyright = copyrightOf({
    command: readFileSync(layout.licences, 'utf8'),
    node: readFileSync(licence, 'utf8'),
  });
  writeFileSync(output, rootOf(program, files, copyright));
  return output;
}

/** Makes the package for npm into a folder. Returns its path. */
export function makeTarball(folder: string): string {
  mkdirSync(folder, { recursive: true });
  // npm would leave the workspace's own words for versions in the manifest, which nobody else can read.
  const args = ['pack', '--pack-destination', resolve(folder)];
  const printed = runProgram('npm start installs it', layout.pnpm, args, { cwd: layout.command });
  return resolve(folder, printed.trim().split('\n').at(-1) ?? '');
}

/** Makes all that people install into a folder. Returns the paths. @param rootFiles as `makeRoot` takes them. */
export function makeAll(folder: string, nodes: Nodes, rootFiles: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const script = join(folder, 'kexeckit.js');
  writeFileSync(script, readFileSync(layout.script), { mode: 0o755 });
  const programs = architectures.map((architecture) => {
    const program = makeProgram(folder, architecture, nodes);
    const made = [program, makePackage(program, architecture, nodes)];
    return architecture === 'arm64' ? [...made, makeRoot(program, rootFiles, nodes)] : made;
  });
  return [script, makeTarball(folder), ...programs.flat()];
}
