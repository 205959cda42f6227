import { findNode, parseFdt, removeProperty, serializeFdt } from '@kexeckit/fdt';
import { printIomem } from '@kexeckit/ioport';
import type { CpuFeatures } from '@kexeckit/relocation';
import { sha256Hex, sha256OfText } from '../plan/digest.ts';
import type { Reality } from './reality.ts';

/** A machine in short: enough to see whether it is still the one that a plan was made for, and what has changed. */
export interface RealityDigest extends Pick<Reality, 'name' | 'cpus' | 'exceptionLevel' | 'vhe' | 'softRestart'> {
  readonly features: CpuFeatures;
  /** Physical address of the console; undefined where there is none. */
  readonly console: bigint | undefined;
  /** SHA-256 of the memory map as /proc/iomem prints it, in hexadecimal. */
  readonly memory: string;
  /** SHA-256 of the device tree without its seeds, in hexadecimal. */
  readonly deviceTree: string;
}

/** @throws FdtError for a device tree that cannot be read. */
export async function digestReality(reality: Reality): Promise<RealityDigest> {
  const { name, cpus, exceptionLevel, vhe, softRestart, features, console } = reality;
  return {
    ...{ name, cpus, exceptionLevel, vhe, softRestart, features },
    console: console?.address,
    memory: await sha256OfText(printIomem(reality.memory)),
    deviceTree: await sha256Hex(withoutSeeds(reality.dtb)),
  };
}

/** Firmware makes new seeds for every boot; they say nothing of the machine. */
function withoutSeeds(blob: Uint8Array): Uint8Array<ArrayBuffer> {
  const fdt = parseFdt(blob);
  const chosen = findNode(fdt, '/chosen');
  if (chosen !== undefined) for (const name of ['kaslr-seed', 'rng-seed']) removeProperty(chosen, name);
  return Uint8Array.from(serializeFdt(fdt));
}
