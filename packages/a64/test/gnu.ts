import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why the tests against GNU binutils cannot run here, or `undefined` where they can. */
export function missingBinutils(): string | undefined {
  try {
    execFileSync('aarch64-linux-gnu-objdump', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'GNU binutils for AArch64 are not installed: apt-get install binutils-aarch64-linux-gnu';
  }
}

function inFolder<T>(act: (file: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-a64-'));
  try {
    return act((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Where the code that is assembled stands: far from both ends, so that all PC-relative targets exist. */
const ORIGIN = '0x1000000000';

/** The words that GNU `as` makes of the lines; linked, because ADRP is only resolved then. */
export function assemble(lines: readonly string[]): Uint32Array {
  return inFolder((file) => {
    writeFileSync(file('in.s'), `${lines.join('\n')}\n`);
    execFileSync('aarch64-linux-gnu-as', ['-W', '-mcpu=all', '-o', file('out.o'), file('in.s')], { stdio: 'pipe' });
    const link = ['-Ttext', ORIGIN, '-e', ORIGIN, '-o', file('linked.o'), file('out.o')];
    execFileSync('aarch64-linux-gnu-ld', link, { stdio: 'pipe' });
    const text = ['-O', 'binary', '-j', '.text', file('linked.o'), file('out.bin')];
    execFileSync('aarch64-linux-gnu-objcopy', text);
    return wordsOf(readFileSync(file('out.bin')));
  });
}

const wordsOf = (bytes: Uint8Array): Uint32Array =>
  new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

/** A word as GNU `objdump` writes it, with the aliases that it prefers, and without. */
export interface Listing {
  readonly preferred: string;
  readonly base: string;
}

/** What GNU `objdump` makes of the words; the first stands at address 0. */
export function disassemble(words: readonly number[]): Listing[] {
  return inFolder((file) => {
    writeFileSync(file('in.bin'), Uint32Array.from(words));
    const base = list(file('in.bin'), ['-M', 'no-aliases']);
    return list(file('in.bin'), []).map((preferred, at) => ({ preferred, base: base[at] ?? '' }));
  });
}

function list(file: string, options: readonly string[]): string[] {
  const args = ['-D', '-z', '-b', 'binary', '-m', 'aarch64', ...options, file];
  const text = execFileSync('aarch64-linux-gnu-objdump', args, { encoding: 'utf8', maxBuffer: 2 ** 30 });
  return text
    .split('\n')
    .filter((line) => /^ *[0-9a-f]+:/.test(line))
    .map(normalize);
}

/** The instruction alone: without comments and symbols, and with lists of SIMD registers written out. */
function normalize(line: string): string {
  const text = line.split('\t').slice(2).join(' ');
  return text
    .replace(/\s*\/\/.*$/, '')
    .replace(/ <.*>$/, '')
    .replace(/\{v(\d+)\.(\w+)-v(\d+)\.\w+\}/, (_, first: string, elements: string, last: string) => {
      const count = Number(last) - Number(first) + 1;
      return `{${Array.from({ length: count }, (_, at) => `v${Number(first) + at}.${elements}`).join(', ')}}`;
    });
}
