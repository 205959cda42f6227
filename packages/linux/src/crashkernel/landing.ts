import { type CrashkernelExplanation, type CrashkernelVerdict, explainCrashkernel } from '@kexeckit/cmdline';
import {
  childrenOf,
  copyTree,
  findByName,
  insertResource,
  type Prediction,
  predictReservation,
  type Range,
  type ReservationOptions,
  type ReservationRequest,
  type ResourceTree,
  rangeContains,
  removeResource,
} from '@kexeckit/ioport';
import { runningInitrd } from '../estimate.ts';
import { humanSize, isArm64, memoryOrUndefined } from '../facts.ts';
import type { Host } from '../host-values.ts';
import { kernelOf, logOf, lowLimitOf, ramOf, readingOf } from './kernel.ts';

/** The command line as the running kernel reads it. */
export const explainFor = (host: Host, line: string): CrashkernelExplanation =>
  explainCrashkernel(line, ramOf(host).bytes, readingOf(host));

/** Where the next boot of this kernel would put what a request asks for. */
export type Predictor = (request: ReservationRequest) => Prediction;

/** Predicts for this machine, which is read once; undefined where no map tells. */
export function predictorOf(host: Host): Predictor | undefined {
  const machine = machineOf(host);
  if (machine === undefined) return undefined;
  const options = { ...machine.options, log: host.bootLog && logOf(host), ...movingOn(host) };
  return (request) => predictReservation(machine.tree, request, options);
}

/** The memory of a host as the placement wants it. */
function machineOf(host: Host): { readonly tree: ResourceTree; readonly options: ReservationOptions } | undefined {
  const memory = memoryOrUndefined(host);
  if (memory === undefined || isArm64(host) === false) return undefined;
  const { bootRam } = logOf(host);
  const options = {
    kernel: kernelOf(host).profile,
    lowLimit: lowLimitOf(host, memory),
    bootRam,
    pageSize: host.pageSize === undefined ? undefined : BigInt(host.pageSize),
  };
  return { tree: asAtBoot(host, memory), options };
}

/** What a verdict asks for, as the placement wants it. */
export const requestOf = ({ size, base, lowSize, high }: CrashkernelVerdict): ReservationRequest => ({
  size,
  base,
  lowSize,
  high,
});

/** The map without a crash region, and with the initramfs that the boot loader put there; it has been given back since. */
function asAtBoot(host: Host, memory: ResourceTree): ResourceTree {
  const tree = copyTree(memory);
  for (const resource of findByName(tree, 'Crash kernel')) removeResource(resource);
  const initrd = runningInitrd(host)?.range;
  if (initrd !== undefined && isFree(tree, initrd)) insertResource(tree, { ...initrd, name: 'reserved' });
  return tree;
}

function isFree(tree: ResourceTree, range: Range): boolean {
  const bank = [...childrenOf(tree.root)].find((each) => each.name === 'System RAM' && rangeContains(each, range));
  return bank !== undefined && [...childrenOf(bank)].every(({ start, end }) => end < range.start || start > range.end);
}

/** Without UEFI a kernel stands at each boot where the boot loader puts it; with it, its log says whether it moves. */
const movingOn = ({ efi }: Host): { readonly moving?: readonly bigint[] } => (efi === false ? { moving: [] } : {});

/** Where a region would land, for people: the range, and why it is one. */
export function landingWords(prediction: Prediction): string {
  const { regions, refusal, reason } = prediction;
  if (refusal !== null && regions.length === 0) return `this kernel would find no place for it: ${refusal.message}`;
  const places = regions.map(({ kind, size, from, to }) => {
    const what = `${humanSize(size)}${kind === 'low' ? ' of low memory' : ''}`;
    return from === to
      ? `${what} at 0x${from.toString(16)}`
      : `${what} somewhere from 0x${from.toString(16)} to 0x${to.toString(16)}`;
  });
  const verb = refusal === null ? 'it would land as' : 'it may land as';
  return `${verb} ${places.join(', and ')} (${reason})`;
}
