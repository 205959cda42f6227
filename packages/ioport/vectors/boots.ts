import {
  countedRam,
  findByName,
  parseIomem,
  type ReservationKernel,
  type ReservationRequest,
  readBootLog,
  removeResource,
  reserveCrashKernel,
} from '@kexeckit/ioport';
import { type Fields, objectOf, text } from '@kexeckit/vectors';

/** What a boot reserved, in the shape of both sides of the comparison. */
export interface BootReservation {
  regions: { kind: string; start: string; endExclusive: string }[];
  /** What the kernel said about it. */
  log: string[];
}

/** Reads the command line as that kernel does: null where it silently reserves nothing. */
export type RequestOf = (cmdline: string, systemRam: bigint, kernel: ReservationKernel) => ReservationRequest | null;

/** True for a line of a boots file. */
export function isBoot(record: unknown): boolean {
  return typeof record === 'object' && record !== null && 'iomem' in record && 'crashkernelReserved' in record;
}

const MEASURED: readonly ReservationKernel[] = ['5.10', '6.12', '6.1', '7.3'];

/** Kernel version of a boot record as a profile. @throws TypeError for a version that was not measured. */
export function kernelOf(boot: Fields): ReservationKernel {
  const release = /\d\S*/.exec(text(boot, 'kernel'))?.[0] ?? '';
  const kernel = MEASURED.find((version) => release.startsWith(`${version}.`));
  if (kernel === undefined) throw new TypeError(`no measured version in ${JSON.stringify(boot.kernel)}`);
  return kernel;
}

function dmesgOf(boot: Fields): string[] {
  return Array.isArray(boot.dmesg) ? boot.dmesg.map(String) : [];
}

/** What the real kernel reserved. */
export function expectedOf(record: unknown): BootReservation {
  const boot = objectOf(record);
  const reserved = Array.isArray(boot.crashkernelReserved) ? boot.crashkernelReserved.map(objectOf) : [];
  return {
    regions: reserved.map((region) => ({
      kind: text(region, 'kind'),
      start: canonical(text(region, 'start')),
      endExclusive: canonical(text(region, 'endExclusive')),
    })),
    log: dmesgOf(boot).filter((line) =>
      /^(crashkernel (low memory )?reserved|crashkernel reservation|cannot (allocate|reserve) crashkernel)/.test(line),
    ),
  };
}

function canonical(address: string): string {
  return `0x${BigInt(address).toString(16)}`;
}

/** What this package reserves on the same map without its `Crash kernel` entries, under the same kernel's rules. */
export function answerBoot(record: unknown, requestOf: RequestOf): BootReservation {
  const boot = objectOf(record);
  const kernel = kernelOf(boot);
  const tree = parseIomem(text(boot, 'iomem'));
  for (const resource of findByName(tree, 'Crash kernel')) removeResource(resource);
  const log = readBootLog(dmesgOf(boot));
  const request = requestOf(text(boot, 'cmdline'), countedRam(tree, log).bytes, kernel);
  if (!request) return { regions: [], log: [] };
  const { lowLimit, bootRam } = log;
  const reservation = reserveCrashKernel(tree, request, { kernel, lowLimit, bootRam });
  return {
    regions: reservation.regions.map(({ kind, start, end }) => ({
      kind,
      start: `0x${start.toString(16)}`,
      endExclusive: `0x${(end + 1n).toString(16)}`,
    })),
    log: reservation.log.map(([, line]) => line),
  };
}
