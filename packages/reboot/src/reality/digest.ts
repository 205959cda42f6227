import { findNode, parseFdt, removeProperty, serializeFdt } from '@kexeckit/fdt';
import { childrenOf, type ResourceTree, resourceLines, systemRamResources } from '@kexeckit/ioport';
import type { CpuFeatures } from '@kexeckit/relocation';
import { sha256Hex, sha256OfText } from '../plan/digest.ts';
import type { Reality } from './reality.ts';

/** A machine in short: enough to see whether it is still the one that a plan was made for, and what has changed. */
export interface RealityDigest
  extends Pick<Reality, 'name' | 'cpus' | 'exceptionLevel' | 'vhe' | 'softRestart' | 'canReserve'> {
  readonly features: CpuFeatures;
  /** Physical address of the console; undefined where there is none. */
  readonly console: bigint | undefined;
  /** Where the image lies that a reboot would start now, as `START+SIZE` of each segment. */
  readonly registered: readonly string[];
  /** SHA-256 of the memory map as /proc/iomem prints it, without what drivers hold inside of devices, in hexadecimal. */
  readonly memory: string;
  /** SHA-256 of the device tree without its seeds, in hexadecimal. */
  readonly deviceTree: string;
}

/** @throws FdtError for a device tree that cannot be read. */
export async function digestReality(reality: Reality): Promise<RealityDigest> {
  const { name, cpus, exceptionLevel, vhe, softRestart, canReserve, features, console, registered } = reality;
  return {
    ...{ name, cpus, exceptionLevel, vhe, softRestart, canReserve, features },
    console: console?.address,
    registered: registered.map(({ mem, memsz }) => `0x${mem.toString(16)}+0x${memsz.toString(16)}`),
    memory: await sha256OfText(mapText(reality.memory)),
    deviceTree: await sha256Hex(withoutSeeds(reality.dtb)),
  };
}

/** What lies inside of devices comes and goes with drivers; no plan goes there. */
function mapText(map: ResourceTree): string {
  const ram = new Set(systemRamResources(map));
  const lines = [...childrenOf(map.root)].flatMap((resource) => {
    const { start, end, name } = resource;
    return [
      `${start.toString(16)}-${end.toString(16)} : ${name}`,
      ...(ram.has(resource) ? resourceLines(resource) : []),
    ];
  });
  return lines.join('\n');
}

/** Firmware makes new seeds for every boot; they say nothing of the machine. */
function withoutSeeds(blob: Uint8Array): Uint8Array<ArrayBuffer> {
  const fdt = parseFdt(blob);
  const chosen = findNode(fdt, '/chosen');
  if (chosen !== undefined) for (const name of ['kaslr-seed', 'rng-seed']) removeProperty(chosen, name);
  return Uint8Array.from(serializeFdt(fdt));
}
