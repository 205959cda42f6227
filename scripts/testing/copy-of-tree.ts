import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
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
  /** The files that were written since `writtenBy` began. */
  readonly #written = new Set<string>();

  constructor() {
    copySources(this.folder);
    linkDependencies(this);
    for (const member of workspaceMembers()) copyBuilt(member, this.folder);
    // turbo and biome ask git what is ignored.
    execFileSync('git', ['init', '-q'], { cwd: this.folder });
    this.#originals.clear();
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
    this.#written.add(file);
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  /** The files that this work writes through this object, sorted. */
  writtenBy(work: () => void): readonly string[] {
    this.#written.clear();
    work();
    return [...this.#written].sort();
  }

  /** Puts a shell script in the place of a program for what runs in the copy. */
  writeProgram(name: string, script: string): void {
    this.write(`bin/${name}`, `#!/bin/sh\n${script}\n`);
    chmodSync(this.path(`bin/${name}`), 0o755);
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

  /** The environment in which programs of the copy run: the tools of the workspace first, its own `bin` before them. */
  environment(): NodeJS.ProcessEnv {
    const path = [this.path('bin'), this.path('node_modules/.bin'), process.env.PATH].join(delimiter);
    const turbo = { TURBO_TELEMETRY_DISABLED: '1', TURBO_CACHE_DIR: join(root, '.turbo/cache') };
    return { ...process.env, ...turbo, PATH: path, NO_COLOR: '1' };
  }

  /** Runs a program in the copy, the tools of the workspace first in its path. */
  run(program: string, ...args: string[]): Finished {
    return this.runIn('.', program, ...args);
  }

  /** As `run`, in a folder of the copy. */
  runIn(folder: string, program: string, ...args: string[]): Finished {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: this.path(folder),
      env: this.environment(),
      encoding: 'utf8',
      maxBuffer: 64 * 2 ** 20,
    });
    if (error) throw error;
    return { status, stdout, output: stdout + stderr };
  }

  /** Compiles workspace members and what they need, as far as it changed. Throws with what the compiler says. */
  build(...members: string[]): void {
    const { status, output } = this.run('tsc', '-b', ...members);
    if (status !== 0) throw new Error(`${members.join(', ')} cannot be built:\n${output}`);
  }

  /** Runs the command of the copy. */
  kexeckit(...args: string[]): Finished {
    return this.run(process.execPath, 'apps/cli/dist/main.js', ...args);
  }

  /** Runs a module, given as text, as if it stood in a folder of the copy. Returns what it prints; throws if it fails. */
  evaluate(folder: string, code: string): string {
    const { status, stdout, output } = this.runIn(folder, process.execPath, '--input-type=module', '--eval', code);
    if (status !== 0) throw new Error(`a script in ${folder} failed:\n${output}`);
    return stdout.trimEnd();
  }

  /** Commits the copy: turbo finds out what changed much faster where there is a commit. */
  commit(): void {
    const config = ['user.name=test', 'user.email=test@localhost', 'commit.gpgsign=false', 'core.hooksPath=/dev/null'];
    const git = (...args: string[]) =>
      execFileSync('git', [...config.flatMap((c) => ['-c', c]), ...args], { cwd: this.folder });
    git('add', '--all');
    git('commit', '--quiet', '--message=copy');
  }

  /** The files that are not as they were committed, sorted; what git ignores is left out. */
  changedFiles(): readonly string[] {
    const options = { cwd: this.folder, encoding: 'utf8' } as const;
    const listed = execFileSync('git', ['status', '-z', '--porcelain', '--untracked-files=all'], options);
    return listed
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => line.slice(3))
      .sort();
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

/**
 * Links every library into a `node_modules` of the copy's own. Nothing may install in a copy, because that would write
 * through the links into the real one: npx is replaced by a program that refuses.
 */
function linkDependencies(copy: CopyOfTree): void {
  mkdirSync(copy.path('node_modules'));
  for (const name of readdirSync(join(root, 'node_modules'))) {
    const [from, to] = [join(root, 'node_modules', name), copy.path(`node_modules/${name}`)];
    if (name === '.bin') cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    else if (name === '.pnpm' || !name.startsWith('.')) symlinkSync(from, to);
  }
  copy.writeProgram('npx', 'echo "nothing is installed in a copy" >&2; exit 1');
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
