import type { BootImageError, Examined, ExaminedKernel } from '@kexeckit/boot-image';
import type { View } from '../commands/command.ts';
import type { LookedAt, Looks } from '../commands/image/run.ts';
import { EXIT } from '../exit-code.ts';
import type { ImageJson } from '../json/image.ts';
import { type Fact, factLines } from './facts.ts';
import { count, hex, size } from './format.ts';
import type { Page } from './page.ts';
import { inLine } from './printable.ts';
import { type Column, fold, layOutTable, paragraph } from './table.ts';

/** What files are: one in full, several in a table. */
export const imageView: View<Looks> = {
  text: ({ files, written }, page) => {
    const [first] = files;
    const shown = files.length === 1 && first !== undefined ? oneFile(first, page) : table(files, page);
    if (written === undefined) return shown;
    return `${shown}${paragraph(`${count(written.bytes)} bytes written to ${inLine(written.file)}`, page)}\n`;
  },
  bytes: ({ output, written }) => (written === undefined ? output : undefined),
  json: ({ files, written }): ImageJson => ({
    files: files.map(plain),
    ...(written && { written }),
    totals: totals(files),
  }),
  exitCode: ({ files }) => (files.some(({ found }) => found.kind === 'none') ? EXIT.no : EXIT.done),
};

const KINDS: Readonly<Record<Examined['kind'], string>> = {
  kernel: 'kernel for arm64',
  initramfs: 'initramfs',
  'device-tree': 'device tree',
  none: 'none of these',
};

/** The same in a table. */
const SHORT: Readonly<Record<Examined['kind'], string>> = { ...KINDS, kernel: 'kernel', none: 'none' };

function oneFile({ file, found }: LookedAt, page: Page): string {
  const { color, signs } = page;
  const [sign, paint] = found.kind === 'none' ? [signs.bad, color.red] : [signs.good, color.green];
  const what = found.kind === 'none' ? 'no kernel for arm64, no initramfs, no device tree' : KINDS[found.kind];
  const heading = fold(`${sign} ${inLine(file)}: ${what}`, page.width).map((line) => color.bold(paint(line)));
  const facts: Fact[] = [
    ['the file', `${size(found.bytes)}, ${inLine(found.detail)}`],
    ...(found.kind === 'kernel' ? kernelFacts(found.kernel) : []),
    ...(found.kind === 'initramfs' ? ([['initramfs', inLine(found.initramfs.detail)]] as const) : []),
    ...(found.kind === 'none' ? problemFacts(found.problem) : []),
  ];
  return `${[...heading, ...factLines(facts, page)].join('\n')}\n`;
}

/** What errors of the package tell. */
type Problem = Pick<BootImageError, 'code' | 'message' | 'hint'>;

const problemFacts = ({ code, message, hint }: Problem): Fact[] => [
  ['why', `${code}: ${inLine(message)}`],
  ['to do', inLine(hint)],
];

function kernelFacts({ header, release, promised, steps, parts, initramfs }: ExaminedKernel): Fact[] {
  const { flags, flagsValue, textOffset, imageSize } = header;
  const found =
    initramfs instanceof Error
      ? `Linux would not unpack it: ${initramfs.message}; ${initramfs.hint}`
      : initramfs?.detail;
  return [
    ['unpacked', steps.length === 0 ? 'as it is: a raw Image' : inLine(steps.join('; '))],
    ['release', inLine(release ?? 'not said in it')],
    ['text_offset', hex(textOffset)],
    ['image_size', `${hex(imageSize)}: ${size(Number(imageSize))}, BSS included`],
    ['flags', `${hex(flagsValue)}: ${flags.endianness}-endian`],
    ['pages', flags.pageSize === 'unspecified' ? 'size not said' : flags.pageSize],
    ['placement', PLACES[flags.placement]],
    ['EFI stub', promised === 0 ? 'none' : `its PE header promises ${count(promised)} bytes`],
    ['initrd', parts.initrd && `${size(parts.initrd.length)}, ${inLine(found ?? '')}`],
    ['cmdline', parts.cmdline === undefined ? undefined : inLine(parts.cmdline)],
    ['dtb', parts.dtb && size(parts.dtb.length)],
  ];
}

const PLACES = {
  anywhere: 'anywhere in memory, at 2 MiB',
  'near-dram-base': 'as close as possible to the start of memory, at 2 MiB',
} as const;

const COLUMNS: readonly Column[] = [
  { heading: 'file', align: 'left' },
  { heading: 'what', align: 'left' },
  { heading: 'format', align: 'left' },
  { heading: 'size', align: 'right' },
  { heading: 'release', align: 'left' },
  { heading: 'pages', align: 'left' },
  { heading: 'in memory', align: 'right' },
  { heading: 'more', align: 'left' },
];

function table(files: readonly LookedAt[], page: Page): string {
  const rows = files.map(({ file, found }) => {
    const kernel = found.kind === 'kernel' ? found.kernel : undefined;
    return [
      inLine(file),
      SHORT[found.kind],
      found.format,
      size(found.bytes),
      inLine(kernel?.release ?? ''),
      kernel === undefined ? '' : kernel.header.flags.pageSize,
      kernel === undefined ? '' : size(Number(kernel.header.imageSize)),
      inLine(moreOf(found)),
    ];
  });
  const shown = layOutTable(COLUMNS, rows, page, (lines, row) => {
    if (row < 0) return page.color.bold(lines);
    return files[row]?.found.kind === 'none' ? page.color.red(lines) : lines;
  });
  const notes = files.flatMap(({ file, found }) =>
    found.kind === 'none'
      ? [paragraph(inLine(`${file}: ${problemText(found.problem)}`), page, `${page.signs.bad} `)]
      : [],
  );
  return notes.length === 0 ? shown : `${shown}\n${notes.join('\n')}\n`;
}

const problemText = ({ message, hint }: Problem): string => `${message}; ${hint}`;

function moreOf(found: Examined): string {
  if (found.kind === 'none') return found.problem.code;
  if (found.kind === 'initramfs') return found.initramfs.detail;
  if (found.kind !== 'kernel') return '';
  const { initrd, cmdline, dtb } = found.kernel.parts;
  return [
    ...(initrd ? [`initrd ${size(initrd.length)}`] : []),
    ...(cmdline === undefined ? [] : ['cmdline']),
    ...(dtb ? [`dtb ${size(dtb.length)}`] : []),
  ].join(', ');
}

type FileJson = ImageJson['files'][number];

function plain({ file, found }: LookedAt): FileJson {
  const { format, detail, bytes } = found;
  const told = { file, format, detail, bytes };
  switch (found.kind) {
    case 'kernel':
      return { ...told, kind: found.kind, kernel: plainKernel(found.kernel) };
    case 'initramfs':
      return { ...told, kind: found.kind, initramfs: found.initramfs };
    case 'device-tree':
      return { ...told, kind: found.kind };
    case 'none':
      return { ...told, kind: found.kind, problem: plainProblem(found.problem) };
  }
}

type KernelJson = Extract<FileJson, { kind: 'kernel' }>['kernel'];

const plainProblem = ({ code, message, hint }: Problem): Problem => ({ code, message, hint });

function plainKernel({ header, release, promised, steps, parts, initramfs }: ExaminedKernel): KernelJson {
  const { flags, flagsValue, textOffset, imageSize } = header;
  return {
    steps,
    ...(release !== undefined && { release }),
    header: { textOffset, imageSizeBytes: Number(imageSize), flags: { value: flagsValue, ...flags } },
    promisedBytes: promised,
    parts: {
      ...(parts.initrd && {
        initrd: {
          bytes: parts.initrd.length,
          ...(initramfs instanceof Error ? { problem: plainProblem(initramfs) } : initramfs),
        },
      }),
      ...(parts.cmdline !== undefined && { cmdline: parts.cmdline }),
      ...(parts.dtb && { dtb: { bytes: parts.dtb.length } }),
    },
  };
}

function totals(files: readonly LookedAt[]): ImageJson['totals'] {
  const of = (kind: Examined['kind']): number => files.filter(({ found }) => found.kind === kind).length;
  return {
    files: files.length,
    bytes: files.reduce((sum, { found }) => sum + found.bytes, 0),
    kernels: of('kernel'),
    initramfs: of('initramfs'),
    deviceTrees: of('device-tree'),
    none: of('none'),
  };
}
