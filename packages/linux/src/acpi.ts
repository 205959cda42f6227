import type { Conduit } from './device-tree.ts';
import type { HostFiles } from './files/host-files.ts';
import { known, latin1, type Reading, unknown } from './reading.ts';

/** What kexec depends on in the ACPI tables, where a server has them in place of a device tree. */
export interface AcpiFacts {
  /** How PSCI is called; undefined where the firmware has none. */
  readonly psci: Conduit | undefined;
  /** GICv3 interrupt translation services. */
  readonly its: number;
}

/** ACPI 6.5, 5.2.9: ARM_BOOT_ARCH of the FADT, 16 bits. */
const ARM_BOOT_ARCH = 129;
const PSCI_COMPLIANT = 1;
const PSCI_USE_HVC = 2;
/** ACPI 6.5, 5.2.12: interrupt controller structures follow the MADT's header. */
const MADT_STRUCTURES = 44;
const GIC_ITS = 0x0f;

/** Reads the FADT and the MADT (only root may). */
export async function readAcpi(files: HostFiles): Promise<Reading<AcpiFacts>> {
  const fadt = await readTable(files, 'FACP');
  if (!fadt.ok) return fadt;
  const madt = await readTable(files, 'APIC');
  if (!madt.ok) return madt;
  const its = countIts(madt.value);
  if (its === undefined) return unknown('/sys/firmware/acpi/tables/APIC', 'EINVAL', 'a structure has a bad length');
  const said = {
    path: '/sys/firmware/acpi/tables',
    text: `FACP: ARM_BOOT_ARCH ${flagsOf(fadt.value)}; APIC: ${its} GIC ITS`,
  };
  return known({ psci: conduitOf(fadt.value), its }, said);
}

async function readTable(files: HostFiles, signature: string): Promise<Reading<Uint8Array>> {
  const path = `/sys/firmware/acpi/tables/${signature}`;
  const bytes = await files.read(path);
  if (!bytes.ok || latin1(bytes.value.subarray(0, 4)) === signature) return bytes;
  return unknown(path, 'EINVAL', `it does not begin with ${signature}`);
}

const flagsOf = (fadt: Uint8Array): number => fadt[ARM_BOOT_ARCH] ?? 0;

function conduitOf(fadt: Uint8Array): Conduit | undefined {
  const flags = flagsOf(fadt);
  if ((flags & PSCI_COMPLIANT) === 0) return undefined;
  return (flags & PSCI_USE_HVC) === 0 ? 'smc' : 'hvc';
}

function countIts(madt: Uint8Array): number | undefined {
  let its = 0;
  for (let at = MADT_STRUCTURES; at < madt.length; ) {
    const length = madt[at + 1] ?? 0;
    if (length < 2 || at + length > madt.length) return undefined;
    if (madt[at] === GIC_ITS) its++;
    at += length;
  }
  return its;
}
