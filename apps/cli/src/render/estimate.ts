import type { CrashKernelEstimate, KexecRegionEstimate, Summand } from '@kexeckit/reboot';
import type { View } from '../commands/command.ts';
import type { RegionsEstimate, Standing } from '../commands/estimate/run.ts';
import { EXIT } from '../exit-code.ts';
import type { EstimateJson } from '../json/estimate.ts';
import { landingText } from './explanation.ts';
import { explanationJson } from './explanation-json.ts';
import { amount } from './format.ts';
import type { Page } from './page.ts';
import { inLine } from './printable.ts';
import { layOutTable, paragraph } from './table.ts';

/** How `kexeckit estimate` shows what to reserve. */
export const estimateView: View<RegionsEstimate> = {
  text: estimateText,
  json: estimateJson,
  problem: ({ line }) => (line.mistakes === 0 ? undefined : 'not all of it finds a place on this machine'),
  exitCode: ({ line }) => (line.mistakes === 0 ? EXIT.done : EXIT.no),
};

function estimateText(estimate: RegionsEstimate, page: Page): string {
  const { kexec, crash, standing, line, warnings } = estimate;
  const { ram } = line;
  const machine = ram === undefined ? 'RAM is not known' : `${amount(ram.bytes)} of RAM (${ram.from})`;
  const parts = [
    paragraph(`${page.color.bold('kexeckit estimate')}: ${machine}`, page),
    ...(kexec === undefined ? [] : [kexecText(kexec, standing, page)]),
    crashText(crash, standing, page),
    ...(warnings.length === 0
      ? []
      : [warnings.map((text) => paragraph(inLine(text), page, `${page.signs.warning} `)).join('\n')]),
    lineText(estimate, page),
  ];
  return `${parts.join('\n\n')}\n`;
}

const SIZE = { heading: 'size', align: 'right' } as const;
const WHAT = { heading: 'what', align: 'left' } as const;

function kexecText(kexec: KexecRegionEstimate, standing: Standing | undefined, page: Page): string {
  const { segments, room, leastBytes, recommendedBytes, outsidePages, notes } = kexec;
  const rows = segments.map(({ name, mem, memsz, bufsz }) => [
    name,
    amount(bufsz),
    amount(memsz),
    amount(mem - room.start),
  ]);
  const columns = [
    { heading: 'what', align: 'left' },
    { heading: 'loaded', align: 'right' },
    { heading: 'in memory', align: 'right' },
    { heading: 'at', align: 'right' },
  ] as const;
  const lines = [
    paragraph(page.color.bold('A region for kernels that run where they are loaded: kexeckernel='), page),
    layOutTable(columns, rows, page).trimEnd(),
    paragraph(
      `It has two halves: a kernel runs in one, and loads the next into the other. At least ${amount(leastBytes)}, found by planning; ${page.color.bold(amount(recommendedBytes))} with a boundary for each, and room for the largest device tree.`,
      page,
      '  ',
    ),
    paragraph(
      `Outside of it ${outsidePages === 1 ? 'one page runs' : `${outsidePages} pages run`} before the kernel does.`,
      page,
      '  ',
    ),
    ...notes.map((note) => paragraph(inLine(note), page, '  ')),
    ...standingText(standing?.kexeckernel, leastBytes, page),
  ];
  return lines.join('\n');
}

/** Signs of a bar. */
const BAR = 20;
/** Bars are drawn where there is so much room. */
const BAR_WIDTH = 80;

function crashText(crash: CrashKernelEstimate, standing: Standing | undefined, page: Page): string {
  const { baseline, needed, baselineBytes, neededBytes, recommendedBytes, decidedBy } = crash;
  const longest = baselineBytes > neededBytes ? baselineBytes : neededBytes;
  const hasBars = page.width >= BAR_WIDTH;
  const bar = (bytes: bigint): string[] =>
    hasBars ? [page.signs.blocks[1].repeat(Number((bytes * BigInt(BAR) + longest - 1n) / longest))] : [];
  const rowOf = ({ what, bytes, source }: Summand): string[] => [what, amount(bytes), ...bar(bytes), source];
  const total = (what: string, bytes: bigint, is: boolean): string[] => [
    what,
    amount(bytes),
    ...bar(bytes),
    is ? 'the larger one' : '',
  ];
  const rows = [
    ...baseline.map(rowOf),
    ...(baseline.length === 0 ? [] : [total('= at least', baselineBytes, decidedBy === 'baseline')]),
    ...needed.map(rowOf),
    total('= for this kernel', neededBytes, decidedBy === 'needed'),
  ];
  const bars = hasBars ? [{ heading: '', align: 'left' } as const] : [];
  const columns = [WHAT, SIZE, ...bars, { heading: 'by', align: 'left' } as const];
  const lines = [
    paragraph(page.color.bold('Memory for a crash kernel: crashkernel='), page),
    layOutTable(columns, rows, page).trimEnd(),
    paragraph(`Recommended: ${page.color.bold(amount(recommendedBytes))}`, page, '  '),
    ...(baseline.length > 0
      ? []
      : [paragraph('No baseline: RAM is not known, or so small that kdumpctl recommends nothing.', page, '  ')]),
    ...standingText(standing?.crashkernel, recommendedBytes, page),
  ];
  return lines.join('\n');
}

function standingText(has: bigint | undefined, wanted: bigint, page: Page): string[] {
  if (has === undefined) return [];
  const { good, warning, dash } = page.signs;
  if (has === 0n) return [paragraph('Reserved on this machine: nothing', page, `  ${dash} `)];
  return [
    paragraph(
      `Reserved on this machine: ${amount(has)}${has < wanted ? ', less than that' : ''}`,
      page,
      `  ${has < wanted ? warning : good} `,
    ),
  ];
}

function lineText({ line }: RegionsEstimate, page: Page): string {
  const landings = line.readings.flatMap(({ parameter, landing }) =>
    landing === undefined ? [] : [`${page.color.bold(`${parameter}=`)}\n${landingText(landing, page)}`],
  );
  const unknown = line.unknown.map((what) => paragraph(inLine(what), page, 'not known: '));
  return [...landings, ...unknown, `${page.color.bold('For the command line:')}\n\n${line.line}`].join('\n\n');
}

const summandsJson = (parts: readonly Summand[]): EstimateJson['crash']['needed'] =>
  parts.map(({ what, bytes, source }) => ({ what, bytes: Number(bytes), source }));

function estimateJson({ kexec, crash, standing, line, warnings }: RegionsEstimate): EstimateJson {
  const recommended = crash.recommendedBytes + (kexec?.recommendedBytes ?? 0n);
  return {
    ...(kexec && {
      kexec: {
        segments: kexec.segments.map(({ name, mem, memsz, bufsz }) => ({
          name,
          offsetBytes: Number(mem - kexec.room.start),
          loadedBytes: Number(bufsz),
          memoryBytes: Number(memsz),
        })),
        pageSize: kexec.pageSize,
        outsidePages: kexec.outsidePages,
        leastBytes: Number(kexec.leastBytes),
        recommendedBytes: Number(kexec.recommendedBytes),
        notes: kexec.notes,
      },
    }),
    crash: {
      baseline: summandsJson(crash.baseline),
      needed: summandsJson(crash.needed),
      baselineBytes: Number(crash.baselineBytes),
      neededBytes: Number(crash.neededBytes),
      decidedBy: crash.decidedBy,
      recommendedBytes: Number(crash.recommendedBytes),
    },
    ...(standing && {
      reservedBytes: { crashkernel: Number(standing.crashkernel), kexeckernel: Number(standing.kexeckernel) },
    }),
    cmdline: line.line,
    explanation: explanationJson(line),
    warnings,
    totals: {
      loadedBytes: kexec ? kexec.segments.reduce((sum, { bufsz }) => sum + Number(bufsz), 0) : null,
      memoryBytes: kexec ? kexec.segments.reduce((sum, { memsz }) => sum + Number(memsz), 0) : null,
      recommendedBytes: Number(recommended),
    },
  };
}
