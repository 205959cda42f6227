// Debian's packages of any suite and architecture, by the host's own apt and from the mirror that the host uses, without touching the
// host's lists of packages.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.mjs';

/** Why something cannot be had: `isGone` where the mirror answered, and has it no more. */
export class NotToBeHad extends Error {
  constructor(reason, { isGone = false } = {}) {
    super(reason);
    this.isGone = isGone;
  }
}

/** Runs a program to its end and returns what it printed; throws {@link NotToBeHad} where it fails. */
export async function runHere(cwd, program, ...args) {
  const { code, error, stdout, stderr } = await runChild(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  if (error) throw new NotToBeHad(`${program} is not here`);
  if (code !== 0) throw new NotToBeHad(`${program}: ${complaintIn(stderr)}`);
  return stdout;
}

/** The line that says most: the first that names an error, or the last one. */
function complaintIn(text) {
  const lines = text.trim().split('\n');
  return lines.find((line) => /^(E|W|npm error):? /.test(line)) ?? lines.at(-1);
}

/** The lists of one suite for one architecture, or of its sources (`kind` is `deb-src`), in a folder of their own. */
export class PrivateApt {
  #folder;
  #suite;
  #architecture;
  #kind;

  constructor(folder, suite, architecture = 'arm64', kind = 'deb') {
    this.#kind = kind;
    this.#folder = folder;
    this.#suite = suite;
    this.#architecture = architecture;
  }

  /** Gets the list of packages. */
  async update() {
    for (const name of ['lists/partial', 'cache/archives/partial']) {
      mkdirSync(join(this.#folder, name), { recursive: true });
    }
    writeFileSync(join(this.#folder, 'sources.list'), `${this.#kind} ${await debianMirror()} ${this.#suite} main\n`);
    const stdio = ['ignore', 'ignore', 'pipe'];
    const { error, stderr } = await runChild('apt-get', [...this.#options(), 'update'], { stdio });
    if (error) throw new NotToBeHad('apt-get is not here');
    // A hook of the host's may fail all the same; what counts is the list.
    if (readdirSync(join(this.#folder, 'lists')).some((name) => /_(Packages|Sources)(\.\w+)?$/.test(name))) return;
    const isGone = /does not have a Release file|no longer has a Release file/.test(stderr);
    if (isGone) throw new NotToBeHad(`the mirror no longer has ${this.#suite}`, { isGone });
    throw new NotToBeHad(`apt-get update of ${this.#suite}: ${complaintIn(stderr)}`);
  }

  /** The newest package whose whole name the expression matches; `prefix` is how the name begins. */
  async newest(prefix, pattern) {
    const printed = await runHere('.', 'apt-cache', ...this.#options(), 'pkgnames', prefix);
    const names = printed.split('\n').filter((name) => pattern.test(name));
    names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    const name = names.at(-1);
    if (name === undefined) throw new NotToBeHad(`${this.#suite} no longer has ${prefix}*`, { isGone: true });
    return name;
  }

  /** These packages, and all that they depend on: what apt would install where nothing is installed. */
  async withDependencies(packages) {
    const install = ['-y', '--print-uris', '--no-install-recommends', 'install', ...packages];
    const printed = await runHere('.', 'apt-get', ...this.#options(), ...install);
    // A line for each: 'address' file_version_architecture.deb size digest
    const files = printed.split('\n').filter((line) => line.startsWith("'"));
    return files.map((line) => line.split(' ')[1].split('_')[0]);
  }

  /** Downloads packages and unpacks them into `root`, which it makes. */
  async unpack(packages, root) {
    const files = join(this.#folder, 'packages', this.#suite, packages[0]);
    mkdirSync(files, { recursive: true });
    mkdirSync(root, { recursive: true });
    await runHere(files, 'apt-get', ...this.#options(), 'download', ...packages);
    for (const file of readdirSync(files)) await runHere(files, 'dpkg-deb', '-x', file, root);
  }

  /** Downloads what the authors of a source package released, without Debian's changes, and unpacks it into `root`, which it makes. */
  async unpackSource(name, root) {
    const files = join(this.#folder, 'sources', name);
    mkdirSync(files, { recursive: true });
    mkdirSync(root, { recursive: true });
    try {
      await runHere(files, 'apt-get', ...this.#options(), 'source', '--download-only', '--tar-only', name);
    } catch (error) {
      // The lists came from the mirror a moment ago: it names the file, but does not have it.
      throw / 404 /.test(error.message) ? new NotToBeHad(error.message, { isGone: true }) : error;
    }
    for (const file of readdirSync(files)) await runHere(files, 'tar', '-xf', file, '-C', root);
  }

  #options() {
    const settings = [
      `APT::Architecture=${this.#architecture}`,
      `APT::Architectures=${this.#architecture}`,
      'APT::Sandbox::User=root',
      `Dir::State::Lists=${this.#folder}/lists`,
      'Dir::State::status=/dev/null',
      `Dir::Cache=${this.#folder}/cache`,
      'Dir::Cache::pkgcache=',
      'Dir::Cache::srcpkgcache=',
      `Dir::Etc::sourcelist=${this.#folder}/sources.list`,
      'Dir::Etc::sourceparts=/dev/null',
    ];
    return settings.map((setting) => `-o${setting}`);
  }
}

/**
 * The mirror of Debian's main archive that this host is set up to use, as apt itself reads its sources. They are known by
 * the suite: on a new machine apt has no lists yet, and knows of no origin.
 */
async function debianMirror() {
  const format = '$(RELEASE) $(COMPONENT) $(REPO_URI)';
  const printed = await runHere('.', 'apt-get', 'indextargets', '--format', format, 'Identifier: Packages');
  const suites = debianSuites();
  const targets = printed.split('\n').map((line) => line.split(' '));
  const mirror = targets.find(([release, component]) => suites.includes(release) && component === 'main')?.[2];
  if (mirror === undefined) throw new NotToBeHad('the sources of apt name no mirror of Debian');
  return mirror;
}

/** The names that the suite of this host may go by, where it is Debian. */
function debianSuites() {
  const file = '/etc/os-release';
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const codename = lines.find((line) => line.startsWith('VERSION_CODENAME='))?.split('=')[1];
  return lines.includes('ID=debian') ? [codename, 'oldstable', 'stable', 'testing', 'unstable', 'sid'] : [];
}
