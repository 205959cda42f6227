import {
  findByName,
  parseIomem,
  type ReservationKernel,
  type ReservationRequest,
  removeResource,
  reserveCrashKernel,
  systemRamSize,
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

/** Kernel version of a boot record as a profile. */
export function kernelOf(boot: Fields): ReservationKernel {
  return text(boot, 'kernel').includes('6.1.') ? '6.1' : '7.3';
}

/** What the real kernel reserved. */
export function expectedOf(record: unknown): BootReservation {
  const boot = objectOf(record);
  const reserved = Array.isArray(boot.crashkernelReserved) ? boot.crashkernelReserved.map(objectOf) : [];
  const dmesg = Array.isArray(boot.dmesg) ? boot.dmesg.map(String) : [];
  return {
    regions: reserved.map((region) => ({
      kind: text(region, 'kind'),
      start: canonical(text(region, 'start')),
      endExclusive: canonical(text(region, 'endExclusive')),
    })),
    log: dmesg.filter((line) =>
      /^(crashkernel (low memory )?reserved|crashkernel reservation|cannot allocate)/.test(line),
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
  const request = requestOf(text(boot, 'cmdline'), systemRamSize(tree), kernel);
  if (!request) return { regions: [], log: [] };
  const { regions, log } = reserveCrashKernel(tree, request, { kernel });
  return {
    regions: regions.map(({ kind, start, end }) => ({
      kind,
      start: `0x${start.toString(16)}`,
      endExclusive: `0x${(end + 1n).toString(16)}`,
    })),
    log: log.map(([, line]) => line),
  };
}
