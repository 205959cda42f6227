import { isTrouble, type Stop, stopWords } from '@kexeckit/evidence';
import { cut } from './format.ts';
import type { Page } from './page.ts';
import { paragraph } from './table.ts';

const TEXT_MAX = 100;

/** Where a boot stopped, and why, as far as its log tells. */
export function stopLines(stop: Stop, place: string, page: Page): string[] {
  const { color, signs } = page;
  const { kind, phase, after, reason } = stop;
  const where = phase === undefined ? '' : `, in ${phase}`;
  const mark = isTrouble(stop) ? color.red(signs.bad) : color.green(signs.good);
  return [
    paragraph(
      `${place}: ${isTrouble(stop) ? color.bold(stopWords[kind]) : stopWords[kind]}${where}`,
      page,
      `  ${mark} `,
    ),
    color.dim(
      paragraph(
        `last sign of life: line ${after.number}, "${cut(after.text, TEXT_MAX, page)}"${timeOf(after.printk)}`,
        page,
        '    ',
      ),
    ),
    ...(reason === undefined
      ? []
      : [
          paragraph(`line ${reason.number}: ${cut(reason.text, TEXT_MAX, page)}${timeOf(reason.printk)}`, page, '    '),
        ]),
    ...faultLines(stop).map((line) => paragraph(line, page, `    ${signs.arrow} `)),
    ...cpuLines(stop).map((line) => paragraph(line, page, `    ${signs.arrow} `)),
    ...stop.details.map((detail) => color.dim(paragraph(cut(detail, TEXT_MAX, page), page, '      '))),
  ];
}

const timeOf = (micros: number | undefined): string =>
  micros === undefined ? '' : ` at ${(micros / 1e6).toFixed(6)} s`;

const causes = {
  'not-mapped': 'its tables do not map it',
  'not-allowed': 'its tables do not allow that',
  other: 'for a reason that is not in its tables',
} as const;

function faultLines({ fault, phase }: Stop): string[] {
  if (fault === undefined) return [];
  const act =
    fault.access === 'fetch' ? 'an instruction was to be fetched from' : 'something was to be read or written at';
  const while_ = phase === undefined ? '' : ' with the MMU on';
  return [`${act} 0x${fault.address}${while_}, and failed: ${causes[fault.cause]}`];
}

function cpuLines({ cpusOff, cpus, kind }: Stop): string[] {
  if (cpusOff === 0 || kind === 'handed-over') return [];
  const all = cpus === undefined ? ', of a number that the log does not say' : ` of the ${cpus - 1} that must go`;
  return [`${cpusOff} CPUs were taken down${all}; none is said to follow`];
}
