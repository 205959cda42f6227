import { isTrouble, type Stop } from '@kexeckit/evidence';
import pc from 'picocolors';
import { stopWords } from './evidence-words.ts';
import { cut } from './format.ts';

const TEXT_MAX = 100;

/** Where a boot stopped, and why, as far as its log tells. */
export function stopLines(stop: Stop, place: string): string[] {
  const { kind, phase, after, reason } = stop;
  const where = phase === undefined ? '' : `, in ${phase}`;
  const mark = isTrouble(stop) ? pc.red('✗') : pc.green('✓');
  return [
    `  ${mark} ${place}: ${isTrouble(stop) ? pc.bold(stopWords[kind]) : stopWords[kind]}${where}`,
    pc.dim(`    last sign of life: line ${after.number}, “${cut(after.text, TEXT_MAX)}”${timeOf(after.printk)}`),
    ...(reason === undefined
      ? []
      : [`    line ${reason.number}: ${cut(reason.text, TEXT_MAX)}${timeOf(reason.printk)}`]),
    ...faultLines(stop),
    ...cpuLines(stop),
    ...stop.details.map((detail) => pc.dim(`      ${cut(detail, TEXT_MAX)}`)),
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
  return [`    → ${act} 0x${fault.address}${while_}, and failed: ${causes[fault.cause]}`];
}

function cpuLines({ cpusOff, cpus, kind }: Stop): string[] {
  if (cpusOff === 0 || kind === 'handed-over') return [];
  const all = cpus === undefined ? ', of a number that the log does not say' : ` of the ${cpus - 1} that must go`;
  return [`    → ${cpusOff} CPUs were taken down${all}; none is said to follow`];
}
