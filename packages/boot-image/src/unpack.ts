import { type ByHand, undoing } from './compression/advice.ts';
import { type OnProgress, Pace } from './compression/pace.ts';
import { undo } from './compression/undo.ts';
import { unpackAndroid } from './containers/android.ts';
import { flattenVmlinux } from './containers/elf.ts';
import { unpackFit } from './containers/fit.ts';
import type { BootParts, Context, Layer } from './containers/layer.ts';
import { afterData } from './containers/trees.ts';
import { unpackUImage } from './containers/uimage.ts';
import { unpackUki } from './containers/uki.ts';
import { unpackZboot } from './containers/zboot.ts';
import { BootImageError } from './error.ts';
import { isImage } from './image/header.ts';
import { wholeImage } from './image/image.ts';
import type { BootImageFormat } from './recognise/formats.ts';
import { recognise } from './recognise/recognise.ts';

/** Limits for {@link unpack}. */
export interface UnpackOptions {
  /** Most bytes that any step may produce; default 1 GiB. */
  maxSize?: number;
  /** The configuration of a FIT image to take kernel and parts of; default its own default. Other files have none. */
  configuration?: string;
  /** Ends the work: the promise is rejected with its reason. */
  signal?: AbortSignal | undefined;
  /** Told now and then, where work takes a while, how far the step is that is under way. */
  onProgress?: OnProgress | undefined;
}

/** A raw kernel and how it was got. */
export interface Unpacked {
  /** The arm64 Image. It may share memory with the input. */
  image: Uint8Array;
  /** What the input was. */
  format: BootImageFormat;
  /** What was done, in order, for people; empty when the input was an Image and nothing else. */
  steps: string[];
  /** What else the file has for the reboot: used only where somebody asks for it. */
  parts: BootParts;
}

// zboot in a unified kernel image in gzip is already more than anybody makes.
const MAX_LAYERS = 4;

/**
 * Gets the raw arm64 Image out of an `Image`, `Image.gz`, Image compressed with Zstandard, xz or lz4, EFI zboot file,
 * unified kernel image (its `.linux` section), FIT image, uImage, Android boot image or ELF `vmlinux`, also nested. Lengths,
 * hashes and checksums are checked where the formats have them. Others have their turn
 * in between; in a browser it is still better done in a worker.
 *
 * @throws BootImageError `ENOEXEC` if there is no arm64 kernel in it, `EOPNOTSUPP` for other compressions, `ENODATA` if
 *   it ends early, `EBADMSG` if it is damaged, `EFBIG` beyond `maxSize`, `EINVAL` for a bad option or senseless headers
 */
export async function unpack(bytes: Uint8Array, options: UnpackOptions = {}): Promise<Unpacked> {
  const maxSize = checkMaxSize(options.maxSize ?? 2 ** 30);
  const { configuration, signal, onProgress } = options;
  const pace = new Pace(signal, onProgress);
  const { format } = recognise(bytes);
  const steps: string[] = [];
  let byHand: ByHand = [];
  let parts: BootParts = {};
  let current = bytes;
  for (let layers = 0; !isImage(current); layers++) {
    if (layers === MAX_LAYERS) throw notKernel('and there is yet another layer', steps);
    const layer: Layer = await unpackLayer(current, { maxSize, steps, byHand, configuration, pace });
    steps.push(...layer.steps);
    byHand = layer.byHand;
    parts = { ...layer.parts, ...parts };
    current = layer.bytes;
  }
  const whole = wholeImage(current);
  return { image: whole.bytes, format, steps: [...steps, ...whole.steps], parts };
}

function checkMaxSize(maxSize: number): number {
  if (Number.isSafeInteger(maxSize) && maxSize > 0) return maxSize;
  throw new BootImageError('EINVAL', `maxSize is ${maxSize}, not a number of bytes`, 'give a whole number above 0', {
    value: maxSize,
  });
}

async function unpackLayer(bytes: Uint8Array, context: Context): Promise<Layer> {
  const { format, detail } = recognise(bytes);
  switch (format) {
    case 'Image.gz':
      return decompress('gzip', bytes, context);
    case 'zstd':
    case 'xz':
    case 'lz4':
    case 'bzip2':
    case 'lzma':
    case 'lzo':
      return decompress(format, bytes, context);
    case 'zboot':
      return unpackZboot(bytes, context);
    case 'uImage':
      return unpackUImage(bytes, context);
    case 'fit':
      return unpackFit(bytes, context);
    case 'android-boot':
      return unpackAndroid(bytes, context);
    case 'vmlinux':
      return unpackVmlinux(bytes, context);
    default: {
      const uki = format === 'PE' ? unpackUki(bytes, context) : undefined;
      if (uki === undefined) throw notKernel(detail, context.steps);
      return uki;
    }
  }
}

async function decompress(name: string, packed: Uint8Array, { maxSize, byHand, pace }: Context): Promise<Layer> {
  const undone = await undo(name, packed, { maxSize, byHand, pace });
  const { parts, steps } = afterData(undone, name);
  return {
    bytes: undone.bytes,
    steps: [`undid ${name}: ${undone.bytes.length} bytes`, ...steps],
    byHand: [...byHand, ...undoing(name)],
    parts,
  };
}

function unpackVmlinux(bytes: Uint8Array, { maxSize, steps }: Context): Layer {
  const image = flattenVmlinux(bytes, maxSize);
  if (!isImage(image)) throw notKernel('an ELF file for AArch64 that does not begin with an Image header', steps);
  return { bytes: image, steps: [`laid the segments of vmlinux out: ${image.length} bytes`], byHand: [] };
}

/** The error for a file that no arm64 kernel can be got from. `steps` is what was unpacked before that was seen. */
function notKernel(detail: string, steps: readonly string[]): BootImageError {
  const where = steps.length === 0 ? '' : ` (${steps.join(', ')})`;
  return new BootImageError(
    'ENOEXEC',
    `no arm64 kernel${where}: ${detail}`,
    'give an arm64 Image, Image.gz, EFI zboot vmlinuz, unified kernel image, FIT image or ELF vmlinux',
    { value: detail },
  );
}
