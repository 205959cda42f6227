import { BootImageError, type BootParts, parseImageHeader, type Unpacked, unpack } from '@kexeckit/boot-image';
import { type SegmentContents, strategyNamed } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import { sha256Hex } from './digest.ts';
import { quoted } from './few-notes.ts';
import { initrdNote } from './initrd-note.ts';
import { DTB_MAX, memoryMax, UNPACKED_MAX } from './limits.ts';
import { type InputFiles, type KernelPart, kernelParts, type PlannedWishes, type RebootWishes } from './request.ts';

/** A file by its length in bytes and its SHA-256, in hexadecimal. */
export interface FileDigest {
  readonly bytes: number;
  readonly sha256: string;
}

/** The files that a plan was made from; what was taken from the kernel file counts as one. */
export interface InputDigests {
  readonly kernel: FileDigest;
  readonly initrd: FileDigest | undefined;
  /** A device tree in place of the machine's own. */
  readonly dtb: FileDigest | undefined;
}

/** Input files that nobody else can change any more: copies, with the kernel unpacked. */
export interface OwnedInputs {
  readonly digests: InputDigests;
  /** The bytes of an arm64 Image. */
  readonly image: Uint8Array;
  readonly initrd: Uint8Array | undefined;
  /** A device tree in place of the machine's own. */
  readonly dtb: Uint8Array | undefined;
  /** The command line that the kernel file has, where it is taken. */
  readonly cmdline: string | undefined;
  /** What was taken from the kernel file. */
  readonly takes: readonly KernelPart[];
  /** What of the kernel file was taken, or left, for people. */
  readonly notes: readonly string[];
}

/**
 * Takes copies of the files, so that what is digested is what is planned and loaded, whatever the caller does with its
 * buffers afterwards.
 *
 * @param takes what is taken from the kernel file where it has it, and where no file was given for it.
 * @param unpackedMax most bytes that any step of unpacking may produce.
 * @throws BootImageError for a file that no arm64 kernel can be unpacked from; RebootError in phase `inputs`: `EINVAL`
 * for an empty initramfs, `ENOEXEC` for a kernel whose header asks for more memory than kernels need, `ENOSPC` for a device tree that
 * the boot protocol has no room for: nobody reads it.
 */
export async function ownInputs(
  files: InputFiles,
  takes: readonly KernelPart[] = [],
  unpackedMax: number = UNPACKED_MAX,
): Promise<OwnedInputs> {
  const { kernel, initrd, dtb } = files;
  if ([kernel, initrd ?? kernel, dtb ?? kernel].some((each) => !isBytes(each)))
    refuseWish('kernel, initramfs or device tree are not bytes', 'give each as a Uint8Array');
  if (initrd?.length === 0) throw emptyInitrd();
  checkTreeSize(dtb);
  const file = copyOf(kernel);
  const given = { initrd: initrd && copyOf(initrd), dtb: dtb && copyOf(dtb) };
  const { image, parts } = await unpackNamed(file, files.kernelName, unpackedMax);
  checkImageSize(image);
  const taken = kernelParts.filter((part) => takes.includes(part) && has(parts, part) && !isGiven(files, part));
  const of: BootParts = Object.fromEntries(taken.map((part) => [part, parts[part]]));
  const own = { initrd: given.initrd ?? of.initrd, dtb: given.dtb ?? of.dtb };
  checkTreeSize(own.dtb);
  const digest = async (bytes: Uint8Array | undefined): Promise<FileDigest | undefined> =>
    bytes && (await digestOf(new Uint8Array(bytes)));
  return {
    digests: { kernel: await digestOf(file), initrd: await digest(own.initrd), dtb: await digest(own.dtb) },
    image,
    ...own,
    cmdline: of.cmdline,
    takes: taken,
    notes: partNotes(parts, taken),
  };
}

/** @throws BootImageError as unpack, by the file's name: the command that it advises can be run as it stands. */
async function unpackNamed(file: Uint8Array, name: string | undefined, maxSize: number): Promise<Unpacked> {
  try {
    return await unpack(file, { maxSize });
  } catch (error) {
    if (!(error instanceof BootImageError)) throw error;
    const { code, message, hint, offset, value } = error;
    if (code === 'EFBIG') throw new BootImageError(code, message, TOO_LARGE, { value, cause: error });
    if (name === undefined) throw error;
    const path = /^[\w./+-]+$/.test(name) && !name.startsWith('-') ? name : `'${name.replaceAll("'", "'\\''")}'`;
    // The place is added to the message again.
    const what = offset === undefined ? message : message.slice(0, message.lastIndexOf(' (at byte'));
    throw new BootImageError(
      code,
      `${name}: ${what}`,
      hint.replace(' FILE', () => ` ${path}`),
      {
        ...{ offset, value },
        cause: error,
      },
    );
  }
}

const TOO_LARGE = 'see whether it is a kernel: the machine has no room for one of that size';

const has = (parts: BootParts, part: KernelPart): boolean => parts[part] !== undefined && parts[part].length > 0;

const isGiven = (given: Pick<InputFiles, 'initrd' | 'dtb'>, part: KernelPart): boolean =>
  part !== 'cmdline' && given[part] !== undefined;

const partNames: Readonly<Record<KernelPart, string>> = {
  initrd: 'initramfs',
  cmdline: 'command line',
  dtb: 'device tree',
};

/** Characters of a command line in a note. */
const LINE_MAX = 120;

/** What a kernel file has besides the kernel, and what becomes of it. */
function partNotes(parts: BootParts, taken: readonly KernelPart[]): string[] {
  const found = kernelParts.filter((part) => has(parts, part));
  const named = (some: readonly KernelPart[]): string =>
    some
      .map((part) => (part === 'cmdline' ? `command line "${quoted(parts.cmdline ?? '', LINE_MAX)}"` : partNames[part]))
      .join(', ');
  const left = found.filter((part) => !taken.includes(part));
  return [
    ...(taken.length === 0 ? [] : [`taken from the kernel file: ${named(taken)}`]),
    ...(left.length === 0 ? [] : [`not used, though the kernel file has it: ${named(left)}`]),
  ];
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

function checkTreeSize(dtb: Uint8Array | undefined): void {
  if (dtb === undefined || dtb.length <= DTB_MAX) return;
  throw new RebootError('ENOSPC', `the device tree takes ${dtb.length} bytes`, 'the boot protocol allows 2 MiB', {
    phase: phases.inputs,
  });
}

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
  const { seed, strategy, cmdline, reserve, verify, breadcrumbs, takes = [], anyInitrd } = wishes;
  strategyNamed(strategy);
  const is32Bit = Number.isInteger(seed) && seed >= -(2 ** 31) && seed < 2 ** 32;
  if (!is32Bit) refuseWish(`seed ${String(seed)} is not a 32-bit integer`, 'give a whole number');
  if (typeof cmdline !== 'string')
    refuseWish('the command line is not text', 'give an empty one, if it is to be empty');
  if (!['string', 'undefined'].includes(typeof reserve)) refuseWish('what to reserve is not text', 'give it as 128M');
  for (const [name, value] of Object.entries({ verify, breadcrumbs, anyInitrd }))
    if (!['boolean', 'undefined'].includes(typeof value))
      refuseWish(`${name} is neither true nor false`, 'give either');
  if (!Array.isArray(takes) || takes.some((part) => !kernelParts.includes(part)))
    refuseWish('what to take from the kernel file is no list of its parts', `give some of ${kernelParts.join(', ')}`);
}

function refuseWish(what: string, hint: string): never {
  throw new RebootError('EINVAL', what, hint, { phase: phases.inputs });
}

/**
 * What is to be said of an initramfs that Linux would not unpack, where somebody wants it all the same.
 *
 * @throws RebootError `EINVAL` in phase `inputs` for one that nobody wants.
 */
export async function initrdNotes({ initrd }: Pick<OwnedInputs, 'initrd'>, anyInitrd: boolean): Promise<string[]> {
  const note = initrd && (await initrdNote(initrd));
  if (note === undefined) return [];
  if (anyInitrd) return [`the initramfs is taken as it is (--force), though ${note.message}`];
  throw new RebootError('EINVAL', note.message, `${note.hint}; --force takes it as it is`, {
    phase: phases.inputs,
    cause: note,
  });
}
