import { MachineError } from './error.ts';

/** Refuses what no run ends with. @throws MachineError `EINVAL` for what is neither whole, 0 or more, nor Infinity */
export function checkLimit(limit: number): void {
  if (limit >= 0 && (Number.isInteger(limit) || limit === Number.POSITIVE_INFINITY)) return;
  const what = `a run of ${limit} instructions never ends`;
  throw new MachineError('EINVAL', what, 'give a whole number from 0 on, or Infinity');
}
