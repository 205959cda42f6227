import { type CrashkernelVerdict, formatSize, KERNELS } from '@kexeckit/cmdline';
import type { Prediction, ReservationRequest } from '@kexeckit/ioport';
import type { Host } from '../host-values.ts';
import { kernelOf, ramOf } from './kernel.ts';
import { explainFor, predictorOf, requestOf } from './landing.ts';

/** All that is advised is judged here, by the reading and the prediction that are told of it once it stands in the command line. */

const MIB = 1n << 20n;

/** What a line comes to on this machine; undefined `landing` where nothing tells. */
export interface Judgement {
  readonly outcome: 'fits' | 'may fit' | 'no room' | 'no region' | 'not known';
  readonly verdict: CrashkernelVerdict;
  readonly landing: Prediction | undefined;
}

/** What comes of a line, if it is what the next boot is given. */
export function judge(host: Host, line: string): Judgement {
  const { verdict } = explainFor(host, line);
  if (!isRegion(verdict)) return { outcome: 'no region', verdict, landing: undefined };
  const landing = predictorOf(host)?.(requestOf(verdict));
  return { outcome: outcomeOf(landing), verdict, landing };
}

/** Whether a verdict asks for memory that a kernel could be loaded to. */
export const isRegion = ({ ret, size }: CrashkernelVerdict): boolean => ret === 0 && size >= MIB;

function outcomeOf(landing: Prediction | undefined): Judgement['outcome'] {
  if (landing === undefined) return 'not known';
  if (landing.refusal === null) return 'fits';
  return landing.regions.length > 0 ? 'may fit' : 'no room';
}

/** More than half of the RAM is never advised: the machine would be left with less than its crash kernel. */
export function mostToAdvise(host: Host): bigint | undefined {
  const { bytes } = ramOf(host);
  return bytes > 0n ? bytes / 2n : undefined;
}

/** What fits in place of a request that finds no room, whatever was allocated when, and wherever the kernel stands; undefined without a map. */
export function insteadOf(host: Host, { size, high = false, lowSize = 0n }: ReservationRequest): string | undefined {
  const predict = predictorOf(host);
  if (predict === undefined) return undefined;
  const fits = (request: Partial<ReservationRequest>): boolean =>
    predict({ size, base: 0n, high, lowSize, ...request }).refusal === null;
  const whole = ((size + MIB - 1n) / MIB) * MIB;
  const most = largest(size, (less) => fits({ size: less }));
  const low = most === 0n && high ? largest(lowSize, (less) => fits({ lowSize: less })) : 0n;
  const lines = [
    most > 0n ? written(most, high, beside(host, high, lowSize)) : '',
    low > 0n ? written(size, high, low) : '',
  ];
  const [line] = lines.filter((one) => one !== '' && judge(host, one).outcome === 'fits');
  const above = written(whole, true);
  const isElsewhere =
    !high && KERNELS[kernelOf(host).profile].mode !== 'legacy' && judge(host, above).outcome === 'fits';
  const none =
    high && low === 0n && fits({ lowSize: 0n }) ? `${written(size, high, 0n)} does if no device needs low memory` : '';
  return [
    line === undefined ? 'nothing fits there' : `at most ${line} fits there`,
    ...(isElsewhere ? [`above it ${above} does`] : []),
    ...(none === '' || line !== undefined ? [] : [none]),
  ].join('; ');
}

/** The low memory to write beside `,high`; undefined where it is what the kernel takes anyway. */
function beside(host: Host, high: boolean, lowSize: bigint): bigint | undefined {
  if (!high) return undefined;
  return explainFor(host, written(MIB, true)).verdict.lowSize === lowSize ? undefined : lowSize;
}

/** As one writes it. */
function written(size: bigint, high: boolean, lowSize?: bigint): string {
  const low = lowSize === undefined ? '' : ` crashkernel=${formatSize(lowSize)},low`;
  return `crashkernel=${size % MIB === 0n ? `${size / MIB}M` : formatSize(size)}${high ? ',high' : ''}${low}`;
}

/** The most whole MiB up to a bound that something holds for, which holds for all that is less; 0 for none. */
export function largest(bound: bigint, holds: (bytes: bigint) => boolean): bigint {
  let [from, to] = [0n, bound / MIB + 1n];
  while (to - from > 1n) {
    const middle = (from + to) / 2n;
    if (holds(middle * MIB)) from = middle;
    else to = middle;
  }
  return from * MIB;
}
