import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** The workspace that is copied. */
export const root: string = dirname(dirname(import.meta.dirname));

/** What a program did: its exit code and what it printed on standard output and standard error. */
export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  /** Standard output, then standard error. */
  readonly output: string;
}

/**
 * A copy of the tree in the temporary folder, to break a rule in or to add something to. It has every file that git
 * tracks or would track, with its dependencies and what is built of it; only what a test changes is built again.
 */
export class CopyOfTree {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'kexeckit-copy-'));
  /** What the files had that tests changed; undefined where there was none. */
  readonly #originals = new Map<string, string | undefined>();

  constructor() {
    copySources(this.folder);
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'));
    for (const member of workspaceMembers()) copyBuilt(member, this.folder);
    // turbo and biome ask git what is ignored.
    execFileSync('git', ['init', '-q'], { cwd: this.folder });
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  /** Writes a file, with the folders that it needs. */
  write(file: string, text: string): void {
    if (!this.#originals.has(file))
      this.#originals.set(file, existsSync(this.path(file)) ? this.read(file) : undefined);
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  /** Adds a line to the end of a file. */
  append(file: string, line: string): void {
    this.write(file, `${this.read(file)}\n${line}\n`);
  }

  /** Changes a file. Throws when the change changes nothing, so that no test passes because its edit missed. */
  edit(file: string, change: (text: string) => string): void {
    const before = this.read(file);
    const after = change(before);
    if (after === before) throw new Error(`the edit of ${file} changed nothing`);
    this.write(file, after);
  }

  /** Undoes every change to files that was made through this object. What was built since stays. */
  restore(): void {
    for (const [file, text] of this.#originals) {
      if (text === undefined) rmSync(this.path(file));
      else writeFileSync(this.path(file), text);
    }
    this.#originals.clear();
  }

  /** Runs a program in the copy, the tools of the workspace first in its path. */
  run(program: string, ...args: string[]): Finished {
    return this.runIn('.', program, ...args);
  }

  runIn(folder: string, program: string, ...args: string[]): Finished {
    const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`;
    const env = { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' };
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: this.path(folder),
      env,
      encoding: 'utf8',
      maxBuffer: 64 * 2 ** 20,
    });
    if (error) throw error;
    return { status, stdout, output: stdout + stderr };
  }

  /** Compiles a workspace member and what it needs, as far as it changed. Throws with what the compiler says. */
  build(member: string): void {
    const { status, output } = this.run('tsc', '-b', member);
    if (status !== 0) throw new Error(`${member} does not build:\n${output}`);
  }

  /** Runs the command of the copy. */
  kexeckit(...args: string[]): Finished {
    return this.run(process.execPath, 'apps/cli/dist/main.js', ...args);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function copySources(folder: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  for (const file of new Set(listed.split('\0'))) {
    // A file that was deleted but not yet committed is listed, too.
    if (file === '' || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file), { preserveTimestamps: true });
  }
}

/** The folders of all packages, apps and tools. */
export function workspaceMembers(): string[] {
  return ['packages', 'apps', 'tools'].flatMap((group) =>
    readdirSync(join(root, group))
      .map((name) => join(group, name))
      .filter((member) => existsSync(join(root, member, 'package.json'))),
  );
}

/**
 * Copies what git ignores and a build needs. Links to other packages are relative, so they lead to the packages of the
 * copy; those to libraries lead through the linked `node_modules` of the root.
 */
function copyBuilt(member: string, folder: string): void {
  for (const name of ['node_modules', 'dist']) {
    const from = join(root, member, name);
    if (!existsSync(from)) continue;
    cpSync(from, join(folder, member, name), {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      filter: (path) => !/node_modules\/\.(vite|vite-temp|cache\/tools\.tsbuildinfo)/.test(path),
    });
  }
}
