import {
  ensureNode,
  type Fdt,
  type FdtNode,
  type FdtReservation,
  fdtSize,
  parseFdt,
  removeProperty,
  serializeFdt,
  setProperty,
  stringValue,
  u64Value,
} from '@kexeckit/fdt';
import { type Range, rangeSize } from '@kexeckit/ioport';
import { chosenOf, lastingEntries, regionParameters, setRegionNode, staleInChosen } from '@kexeckit/relocation';
import { sha256 } from '@noble/hashes/sha2.js';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import { CPUS_MAX } from './limits.ts';

/** What the next kernel is told through `/chosen`. */
export interface BootArguments {
  readonly cmdline: string;
  /** Whether there will be an initrd; where, is said when the tree is written. */
  readonly hasInitrd: boolean;
  /** Bytes that the seeds are derived from. Give fresh random ones to a machine that anyone relies on. */
  readonly entropy: Uint8Array;
  /** The region that the next kernel lives in a half of, see `note` of `regionParameters`. */
  readonly region?: { readonly property: string; readonly range: Range } | undefined;
  /** What a node keeps for the kernel after the next one; what the machine's tree keeps, by default. */
  readonly kept?: Range | undefined;
}

/** A device tree that is complete but for the initrd's place: its size is known, so that both can be placed. */
export interface DeviceTreeDraft {
  /** Bytes of the blob, wherever the initrd will stand. */
  readonly size: number;
  /** Writes the blob. `initrd.end` is the initrd's last byte. */
  readonly write: (initrd: Range | undefined) => Uint8Array;
}

const KASLR_SEED_BYTES = 8;
const RNG_SEED_BYTES = 128;
/** What `/chosen` says of the running kernel only: its initramfs, and the region that it lives in. */
const ITS_OWN = [
  ...['linux,initrd-start', 'linux,initrd-end'],
  ...Object.values(regionParameters).map(({ note }) => note),
];
const NOWHERE: Range = { start: 0n, end: 0n };

/**
 * Edits the machine's device tree for the next kernel as `kexec_file_load` does: bootargs, initrd, fresh `kaslr-seed` and
 * `rng-seed`, `linux,booted-from-kexec`, and nothing left of what the kernels before were told or handed over.
 *
 * @throws FdtError for a blob that is not a device tree, or has two nodes that answer to `/chosen`; RelocationError `EINVAL`
 * where it cannot take a node of `/reserved-memory`.
 */
export function draftDeviceTree(blob: Uint8Array, boot: BootArguments): DeviceTreeDraft {
  const fdt = parseFdt(blob);
  // The running kernel's initramfs and tree end with it: nothing needs to keep their places clear.
  fdt.reservations = lastingEntries(fdt, blob);
  if (boot.kept !== undefined) setRegionNode(fdt, boot.kept);
  const chosen = chosenOf(fdt) ?? ensureNode(fdt, '/chosen');
  for (const name of [...staleInChosen, ...ITS_OWN]) removeProperty(chosen, name);
  setProperty(chosen, 'bootargs', stringValue(boot.cmdline));
  setProperty(chosen, 'linux,booted-from-kexec', new Uint8Array());
  if (boot.region !== undefined) {
    const { property, range } = boot.region;
    setProperty(chosen, property, Uint8Array.from([...u64Value(range.start), ...u64Value(rangeSize(range))]));
  }
  const reservation: FdtReservation = { address: 0n, size: 0n };
  const setInitrd = ({ start, end }: Range): void => {
    setProperty(chosen, 'linux,initrd-start', u64Value(start));
    setProperty(chosen, 'linux,initrd-end', u64Value(end + 1n));
    Object.assign(reservation, { address: start, size: end + 1n - start });
  };
  if (boot.hasInitrd) {
    setInitrd(NOWHERE);
    fdt.reservations.push(reservation);
  }
  setProperty(chosen, 'kaslr-seed', seed(boot.entropy, 'kaslr-seed', KASLR_SEED_BYTES));
  setProperty(chosen, 'rng-seed', seed(boot.entropy, 'rng-seed', RNG_SEED_BYTES));
  return {
    size: fdtSize(fdt),
    write: (initrd) => {
      if (initrd !== undefined) setInitrd(initrd);
      return serializeFdt(fdt);
    },
  };
}

/** Stretches entropy into a seed of its own for each property: SHA-256 in counter mode. */
function seed(entropy: Uint8Array, property: string, bytes: number): Uint8Array {
  const label = new TextEncoder().encode(property);
  const result = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 32) {
    const block = sha256(Uint8Array.from([...label, at / 32, ...entropy]));
    result.set(block.subarray(0, bytes - at), at);
  }
  return result;
}

/**
 * A blob with just what a test or a simulated machine needs: a memory node, CPUs, PSCI, `/chosen`.
 *
 * @throws RebootError `EINVAL` in phase `describe` for a number of CPUs that no kernel runs on; FdtError `ERANGE` for a
 * range of all 2^64 addresses.
 */
export function minimalDeviceTree(ram: readonly Range[], cpus: number): Uint8Array {
  checkCpus(cpus);
  const fdt: Fdt = { bootCpuidPhys: 0, reservations: [], root: { name: '', properties: [], children: [] } };
  const two = Uint8Array.of(0, 0, 0, 2);
  setProperty(fdt.root, '#address-cells', two);
  setProperty(fdt.root, '#size-cells', two);
  const [first] = ram;
  if (first !== undefined) {
    const memory = ensureNode(fdt, `/memory@${first.start.toString(16)}`);
    setProperty(memory, 'device_type', stringValue('memory'));
    setProperty(memory, 'reg', regOf(ram));
  }
  const psci = ensureNode(fdt, '/psci');
  setProperty(psci, 'compatible', stringValue('arm,psci-0.2'));
  setProperty(psci, 'method', stringValue('smc'));
  const children = ensureNode(fdt, '/cpus').children;
  for (let cpu = 0; cpu < cpus; cpu++) {
    const node: FdtNode = { name: `cpu@${cpu}`, properties: [], children: [] };
    setProperty(node, 'device_type', stringValue('cpu'));
    setProperty(node, 'enable-method', stringValue('psci'));
    children.push(node);
  }
  return serializeFdt(fdt);
}

/** @throws RebootError `EINVAL` in phase `describe` for a number of CPUs that no kernel runs on. */
export function checkCpus(cpus: number): void {
  if (Number.isInteger(cpus) && cpus >= 1 && cpus <= CPUS_MAX) return;
  throw new RebootError('EINVAL', `a machine cannot have ${cpus} CPUs`, `give 1 to ${CPUS_MAX}`, {
    phase: phases.describe,
  });
}

/** Address and size of each range, two cells each (Devicetree Specification 2.3.6). */
function regOf(ranges: readonly Range[]): Uint8Array {
  const reg = new DataView(new ArrayBuffer(16 * ranges.length));
  for (const [index, range] of ranges.entries()) {
    const size = rangeSize(range);
    // What does not fit says so.
    if (size > 0xffff_ffff_ffff_ffffn) u64Value(size);
    reg.setBigUint64(16 * index, range.start);
    reg.setBigUint64(16 * index + 8, size);
  }
  return new Uint8Array(reg.buffer);
}
