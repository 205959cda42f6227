import { PageTableError } from '../error.ts';
import { needList } from '../needed.ts';
import type { DsbDomain, EditStep } from './steps.ts';
import { isTlbiOperation, takesOperand } from './tlbi-reach.ts';

const domains: readonly DsbDomain[] = ['sy', 'st', 'osh', 'oshst', 'ish', 'ishst', 'nsh', 'nshst'];

/**
 * Checks that steps are steps: plans come from files too.
 *
 * @param entries descriptors in a table.
 * @throws PageTableError `EINVAL` for the first that is none.
 */
export function checkForms(steps: readonly EditStep[], entries: number): void {
  needList('steps', steps);
  steps.forEach((step, at) => {
    const fault = faultOf(step, entries);
    if (fault !== undefined) throw new PageTableError('EINVAL', `step ${at}: ${fault}`, 'give steps as planEdit does');
  });
}

function faultOf(step: EditStep | null | undefined, entries: number): string | undefined {
  if (step === null || step === undefined) return `${step} is no step`;
  switch (step.kind) {
    case 'write':
      return faultOfTable(step.table) ?? faultOfWrite(step, entries);
    case 'clear':
      return faultOfTable(step.table);
    case 'dsb':
      return domains.includes(step.domain) ? undefined : `there is no dsb ${String(step.domain)}`;
    case 'tlbi':
      return faultOfTlbi(step);
    case 'isb':
      return undefined;
    default:
      return `there is no step of kind ${kindOfUnknown(step)}`;
  }
}

function faultOfTable(table: number): string | undefined {
  return Number.isSafeInteger(table) && table >= 0 ? undefined : `${table} is not a page number`;
}

function faultOfWrite({ index, low, high }: Extract<EditStep, { kind: 'write' }>, entries: number): string | undefined {
  if (!Number.isInteger(index) || index < 0 || index >= entries) return `a table of ${entries} has no entry ${index}`;
  return isHalf(low) && isHalf(high) ? undefined : `${low} and ${high} are not the halves of a descriptor`;
}

/** Halves are 32 bits, signed or not. */
function isHalf(half: number): boolean {
  return Number.isInteger(half) && half >= -(2 ** 31) && half < 2 ** 32;
}

function faultOfTlbi({ operation, operand }: Extract<EditStep, { kind: 'tlbi' }>): string | undefined {
  if (!isTlbiOperation(operation)) return `there is no tlbi ${String(operation)}`;
  if (operand === undefined) return takesOperand(operation) ? `tlbi ${operation} takes an operand` : undefined;
  if (typeof operand !== 'bigint') return `tlbi ${operation} has an operand that is no bigint`;
  return operand >= 0n && operand < 2n ** 64n ? undefined : `tlbi ${operation} has an operand beyond 64 bits`;
}

function kindOfUnknown(step: never): string {
  const { kind }: { kind?: unknown } = Object(step);
  return String(kind);
}
