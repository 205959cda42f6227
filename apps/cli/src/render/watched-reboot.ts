import type { WatchedReboot } from '../from/watch-reboot.ts';
import type { WatchedJson } from '../json/reboot.ts';
import { passageText } from './evidence.ts';
import { gibibytes } from './format.ts';
import { BELOW, heading } from './heading.ts';
import type { Page } from './page.ts';
import { paragraph } from './table.ts';

/** A reboot of a kernel that left by itself, for people: who left, what its console says of the way, and who came up. */
export function watchedText({ machine, oldKernel, strategy, nextKernel, report }: WatchedReboot, page: Page): string {
  const { memory, cpus, exceptionLevel } = machine;
  const route = strategy === undefined ? '' : `, strategy ${strategy}`;
  const ways = report.passages.filter(({ from }) => from !== undefined);
  const { version, reached } = nextKernel;
  return [
    '',
    heading(`qemu machine, ${gibibytes(Number(memory))} of RAM, ${cpus} CPUs, EL${exceptionLevel}`, page),
    paragraph(`Linux ${oldKernel} rebooted by its own means${route}`, page, BELOW),
    '',
    ...(ways.length === 0
      ? [paragraph('its console does not say how long the phases took: was it quiet?', page, '  '), '']
      : passageText(ways, page)),
    ...[`new kernel: ${version ?? 'did not print its version'}`, `reached: ${reached}`].map((line) =>
      page.color.dim(paragraph(line, page, '  ')),
    ),
    '',
  ].join('\n');
}

/** The same as plain values. */
export const plainWatched = ({
  kind,
  machine,
  oldKernel,
  strategy,
  nextKernel,
  report,
}: WatchedReboot): WatchedJson => ({
  kind,
  machine: 'qemu',
  memory: machine.memory,
  cpus: machine.cpus,
  exceptionLevel: machine.exceptionLevel,
  oldKernel,
  strategy: strategy ?? null,
  nextKernel,
  report,
});
