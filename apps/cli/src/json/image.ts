import * as v from 'valibot';
import { count, hex, list, object, problem, text, texts, totals, word, written } from './parts.ts';

/** What a file is by its signature. */
export const bootFormat = word(
  [
    ...(['Image', 'Image.gz', 'zboot', 'vmlinux', 'PE', 'uImage', 'fit', 'android-boot'] as const),
    ...(['zstd', 'xz', 'bzip2', 'lzma', 'lz4', 'lzo', 'x86-bzImage', 'elf-other'] as const),
    ...(['cpio', 'dtb', 'archive', 'disk', 'text', 'unknown'] as const),
  ],
  'what the file is by how it begins',
);

const initramfsEntries = {
  kind: word(['newc', 'crc', 'compressed', 'concatenated'], 'what it is made of'),
  detail: text('the same in a line'),
} as const;

const initramfs = object(initramfsEntries, 'an initramfs that Linux unpacks');

const badPart = object(problem, 'why Linux would not unpack it');

const initrdPart = object(
  { bytes: count('its bytes'), ...v.partial(v.strictObject(initramfsEntries)).entries, problem: v.optional(badPart) },
  'the initramfs in the file: what it is, or the problem with it',
);

const header = object(
  {
    textOffset: hex('bytes from a 2 MiB boundary to the image'),
    imageSizeBytes: count('bytes in memory, BSS included'),
    flags: object(
      {
        value: hex('the field as it is'),
        endianness: word(['little', 'big'], 'byte order'),
        pageSize: word(['unspecified', '4K', '16K', '64K'], 'size of a page'),
        placement: word(['near-dram-base', 'anywhere'], 'where in memory it may stand'),
      },
      'the flags of the header',
    ),
  },
  'the header of the Image',
);

const kernel = object(
  {
    steps: texts('what was done to get at it'),
    release: v.optional(text('as uname -r prints it; left out where nothing says it')),
    header,
    promisedBytes: count('bytes that the PE header promises; 0 without one'),
    parts: object(
      {
        initrd: v.optional(initrdPart),
        cmdline: v.optional(text('its command line')),
        dtb: v.optional(object({ bytes: count('its bytes') }, 'its device tree')),
      },
      'what else is in the file',
    ),
  },
  'the kernel, unpacked',
);

const file = {
  file: text('the file'),
  format: bootFormat,
  detail: text('the same in a line'),
  bytes: count('bytes of the file'),
} as const;

const looked = v.variant('kind', [
  v.strictObject({ ...file, kind: v.literal('kernel'), kernel }),
  v.strictObject({ ...file, kind: v.literal('initramfs'), initramfs }),
  v.strictObject({ ...file, kind: v.literal('device-tree') }),
  v.strictObject({ ...file, kind: v.literal('none'), problem: object(problem, 'why it is nothing for a reboot') }),
]);

export const image = object(
  {
    files: list(looked, 'every file that was given'),
    written: v.optional(written),
    totals: totals({
      files: count('files'),
      bytes: count('bytes of all files'),
      kernels: count('kernels'),
      initramfs: count('initramfs'),
      deviceTrees: count('device trees'),
      none: count('files that are nothing for a reboot'),
    }),
  },
  'What kexeckit image prints',
);

export type ImageJson = v.InferOutput<typeof image>;
