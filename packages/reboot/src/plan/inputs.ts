import { parseImageHeader, unpack } from '@kexeckit/boot-image';
import { type SegmentContents, strategyNamed } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import { sha256Hex } from './digest.ts';
import { memoryMax } from './limits.ts';
import type { InputFiles, PlannedWishes, RebootWishes } from './request.ts';

/** A file by its length in bytes and its SHA-256, in hexadecimal. */
export interface FileDigest {
  readonly bytes: number;
  readonly sha256: string;
}

/** The files that a plan was made from. */
export interface InputDigests {
  readonly kernel: FileDigest;
  readonly initrd: FileDigest | undefined;
}

/** Input files that nobody else can change any more: copies, with the kernel unpacked. */
export interface OwnedInputs {
  readonly digests: InputDigests;
  /** The bytes of an arm64 Image. */
  readonly image: Uint8Array;
  readonly initrd: Uint8Array | undefined;
}

/**
 * Takes copies of the files, so that what is digested is what is planned and loaded, whatever the caller does with its
 * buffers afterwards.
 *
 * @throws BootImageError for a file that no arm64 kernel can be unpacked from; RebootError in phase `inputs`: `EINVAL`
 * for an empty initramfs, `ENOEXEC` for a kernel whose header asks for more memory than kernels need.
 */
export async function ownInputs({ kernel, initrd }: InputFiles): Promise<OwnedInputs> {
  if (!isBytes(kernel) || (initrd !== undefined && !isBytes(initrd)))
    refuseWish('kernel or initramfs are not bytes', 'give each as a Uint8Array');
  if (initrd?.length === 0) throw emptyInitrd();
  const file = copyOf(kernel);
  const own = initrd && copyOf(initrd);
  const { image } = await unpack(file);
  checkImageSize(image);
  const digests = { kernel: await digestOf(file), initrd: own && (await digestOf(own)) };
  return { digests, image, initrd: own };
}

function copyOf(given: Uint8Array): Uint8Array<ArrayBuffer> {
  try {
    // Not `slice`: that of a Buffer is a view.
    return new Uint8Array(given);
  } catch (cause) {
    throw new RebootError('EINVAL', 'the bytes of kernel or initramfs are gone', 'do not transfer their buffer', {
      phase: phases.inputs,
      cause,
    });
  }
}

/** By its tag: a caller's may be of another realm. */
const isBytes = (given: unknown): boolean => Object.prototype.toString.call(given) === '[object Uint8Array]';

/** Linux refuses an empty file, too: it is what is left of one that could not be made or copied. */
const emptyInitrd = (): RebootError =>
  new RebootError('EINVAL', 'the initramfs is empty', 'leave it out, or make it again: it has 0 bytes', {
    phase: phases.inputs,
  });

function checkImageSize(image: Uint8Array): void {
  const { imageSize } = parseImageHeader(image);
  const most = memoryMax(BigInt(image.length));
  if (imageSize <= most) return;
  throw new RebootError(
    'ENOEXEC',
    `the kernel asks for ${imageSize} bytes, and its Image has ${image.length}`,
    `its header is damaged: no such kernel takes more than ${most >> 20n} MiB`,
    { phase: phases.inputs },
  );
}

async function digestOf(file: Uint8Array<ArrayBuffer>): Promise<FileDigest> {
  return { bytes: file.length, sha256: await sha256Hex(file) };
}

/** The content of every segment, by its name. The device tree is a copy: the plan's own is shown to whoever asks. */
export function contentsOf({ image, initrd }: OwnedInputs, dtb: Uint8Array): SegmentContents {
  return new Map([
    ['kernel', image],
    ['dtb', new Uint8Array(dtb)],
    ...(initrd === undefined ? [] : [['initrd', initrd] as const]),
  ]);
}

/**
 * @throws RebootError `EINVAL` in phase `inputs` for a wish that no plan can be made from, also where a caller without
 * types gives something else; RelocationError `EINVAL` for a strategy that does not exist.
 */
export function checkWishes(wishes: RebootWishes | PlannedWishes): void {
  const { seed, strategy, cmdline, reserve, verify, breadcrumbs } = wishes;
  strategyNamed(strategy);
  const is32Bit = Number.isInteger(seed) && seed >= -(2 ** 31) && seed < 2 ** 32;
  if (!is32Bit) refuseWish(`seed ${String(seed)} is not a 32-bit integer`, 'give a whole number');
  if (typeof cmdline !== 'string')
    refuseWish('the command line is not text', 'give an empty one, if it is to be empty');
  if (!['string', 'undefined'].includes(typeof reserve)) refuseWish('what to reserve is not text', 'give it as 128M');
  for (const [name, value] of Object.entries({ verify, breadcrumbs }))
    if (!['boolean', 'undefined'].includes(typeof value))
      refuseWish(`${name} is neither true nor false`, 'give either');
}

function refuseWish(what: string, hint: string): never {
  throw new RebootError('EINVAL', what, hint, { phase: phases.inputs });
}
