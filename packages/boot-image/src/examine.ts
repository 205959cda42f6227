import { FdtError, parseFdt } from '@kexeckit/fdt';
import type { BootParts } from './containers/layer.ts';
import { promisedSize } from './containers/pe.ts';
import { BootImageError } from './error.ts';
import { type ImageHeader, parseImageHeader } from './image/header.ts';
import { kernelRelease } from './image/release.ts';
import type { Recognised } from './recognise/formats.ts';
import { type Initramfs, recogniseInitramfs } from './recognise/initramfs.ts';
import { recognise } from './recognise/recognise.ts';
import { type UnpackOptions, unpack } from './unpack.ts';

/** The arm64 kernel that is in a file, and what is with it. */
export interface ExaminedKernel {
  /** The raw Image. It may share memory with the file. */
  readonly image: Uint8Array;
  readonly header: ImageHeader;
  /** As `uname -r` will print it; undefined where neither the kernel nor the file says. */
  readonly release: string | undefined;
  /** Bytes that the PE header of an EFI stub promises; 0 without one. */
  readonly promised: number;
  /** What was done to get at it, for people. */
  readonly steps: readonly string[];
  readonly parts: BootParts;
  /** What the initramfs among the parts is, or why Linux would not unpack it. */
  readonly initramfs: Initramfs | BootImageError | undefined;
}

/** What a file was found to be. */
export type Examined = Recognised & { readonly bytes: number } & (
    | { readonly kind: 'kernel'; readonly kernel: ExaminedKernel }
    | { readonly kind: 'initramfs'; readonly initramfs: Initramfs }
    | { readonly kind: 'device-tree' }
    | { readonly kind: 'none'; readonly problem: BootImageError }
  );

/**
 * Says what a file is for a reboot: a kernel for arm64, which is unpacked for that, an initramfs that Linux unpacks, a device tree
 * that is whole, or none of these, and why. Whatever is wrong is an answer, no error.
 */
export async function examine(bytes: Uint8Array, options: UnpackOptions = {}): Promise<Examined> {
  const recognised = { ...recognise(bytes), bytes: bytes.length };
  if (recognised.format === 'dtb') return { ...recognised, ...tree(bytes) };
  try {
    return { ...recognised, kind: 'kernel', kernel: await kernelIn(bytes, options) };
  } catch (problem) {
    if (!(problem instanceof BootImageError)) throw problem;
    const initramfs = MAYBE_INITRAMFS.has(problem.code) ? await initramfsOrWhy(bytes) : undefined;
    if (initramfs === undefined || initramfs instanceof BootImageError)
      return { ...recognised, kind: 'none', problem: recognised.format === 'cpio' ? (initramfs ?? problem) : problem };
    return {
      ...recognised,
      kind: 'initramfs',
      initramfs: problem.code === 'EOPNOTSUPP' ? unseen(initramfs, problem) : initramfs,
    };
  }
}

/** Nothing is wrong with it but that there is no kernel in it, or more than a kernel may have, or that what is in it is not seen. */
const MAYBE_INITRAMFS: ReadonlySet<string> = new Set(['ENOEXEC', 'EFBIG', 'EOPNOTSUPP']);

/** Of a compression that is not undone here nobody has seen what is in it: Linux undoes it for an initramfs, never for a kernel. */
const unseen = (initramfs: Initramfs, { hint }: BootImageError): Initramfs => ({
  ...initramfs,
  detail: `${initramfs.detail}; what is in it is not looked at: if it is a kernel, ${hint}`,
});

async function kernelIn(bytes: Uint8Array, options: UnpackOptions): Promise<ExaminedKernel> {
  const { image, steps, parts } = await unpack(bytes, options);
  return {
    image,
    header: parseImageHeader(image),
    release: parts.release ?? kernelRelease(image),
    promised: promisedSize(image),
    steps,
    parts,
    initramfs: parts.initrd && (await initramfsOrWhy(parts.initrd)),
  };
}

async function initramfsOrWhy(bytes: Uint8Array): Promise<Initramfs | BootImageError> {
  try {
    return await recogniseInitramfs(bytes);
  } catch (error) {
    if (error instanceof BootImageError) return error;
    throw error;
  }
}

function tree(bytes: Uint8Array): { kind: 'device-tree' } | { kind: 'none'; problem: BootImageError } {
  try {
    parseFdt(bytes);
    return { kind: 'device-tree' };
  } catch (cause) {
    if (!(cause instanceof FdtError)) throw cause;
    const { message, hint, offset } = cause;
    return {
      kind: 'none',
      problem: new BootImageError('EBADMSG', `a damaged device tree: ${message}`, hint, { offset, cause }),
    };
  }
}
