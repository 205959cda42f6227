import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderOf, imageOf, whyMissing } from '@kexeckit/guests';
import { encodeImageHeader } from '../src/image/header.ts';

const lzop = folderOf('lzop');
const LIBRARIES = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';

/** Where programs that were fetched find what they need; lzop is found like those of the host. */
const ENVIRONMENT = {
  ...process.env,
  PYTHONPATH: join(folderOf('image-tools'), 'usr/lib/python3/dist-packages'),
  PATH: `${join(lzop, 'usr/bin')}:${process.env.PATH ?? ''}`,
  LD_LIBRARY_PATH: [join(lzop, 'lib', LIBRARIES), join(lzop, 'usr/lib', LIBRARIES)].join(':'),
};

/** A folder in which programs make files, and which is gone with the tests. */
export class Workshop {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'boot-image-'));

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Puts a file there, and returns its path. */
  put(name: string, content: Uint8Array | string): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  get(name: string): Uint8Array {
    return new Uint8Array(readFileSync(this.path(name)));
  }

  /** Runs a program to its end; what it prints comes back. @throws Error with what it says where it fails */
  run(program: string, args: readonly string[], input?: Uint8Array): Uint8Array {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: this.folder,
      maxBuffer: 1 << 28,
      ...(input && { input }),
      env: ENVIRONMENT,
    });
    if (error !== undefined || status !== 0) throw new Error(`${program}: ${error ?? stderr.toString()}`);
    return new Uint8Array(stdout);
  }

  /** Runs a line of shell. */
  shell(line: string): Uint8Array {
    return this.run('sh', ['-c', line]);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Debian's kernel, as it is. */
export const realImage = (): Uint8Array => new Uint8Array(readFileSync(imageOf('6.1')));

/** The first 512 KiB of it as a kernel of its own: compressed as hard as kernels are, in a second or two. */
export function smallImage(): Uint8Array {
  const bytes = realImage().slice(0, 1 << 19);
  bytes.set(encodeImageHeader({ imageSize: 2n << 20n }));
  return bytes;
}

/** A program of one of the sets, and why it is not here. */
export const toolOf = (set: 'uboot-tools' | 'image-tools', name: string): string =>
  join(folderOf(set), 'usr/bin', name);
export const stub = (kind: 'linux' | 'addon'): string =>
  join(folderOf('uki-stubs'), `usr/lib/systemd/boot/efi/${kind}aa64.efi.stub`);
export const whyNoTools = (): string | undefined =>
  whyMissing(['linux-6.1', 'uboot-tools', 'image-tools', 'uki-stubs', 'lzop']) ?? whyNot('python3') ?? whyNot('dtc');

/** Why a program cannot be run. */
export function whyNot(program: string): string | undefined {
  return spawnSync(program, ['--version']).error === undefined ? undefined : `${program} is not installed`;
}
