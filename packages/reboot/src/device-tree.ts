import {
  ensureNode,
  type Fdt,
  parseFdt,
  removeProperty,
  serializeFdt,
  setProperty,
  stringValue,
  u64Value,
} from '@kexeckit/fdt';
import { type Range, rangeSize } from '@kexeckit/ioport';
import { sha256 } from '@noble/hashes/sha2.js';
import { regionProperties } from './generation.ts';

/** What the next kernel is told through `/chosen`. */
export interface BootArguments {
  readonly cmdline: string;
  /** Where the initrd will stand; `end` is its last byte. */
  readonly initrd: Range | undefined;
  /** Bytes that the seeds are derived from. Give fresh random ones to a machine that anyone relies on. */
  readonly entropy: Uint8Array;
  /** The region that the next kernel lives in a half of, see `regionProperties`. */
  readonly region?: { readonly property: string; readonly range: Range } | undefined;
}

const KASLR_SEED_BYTES = 8;
const RNG_SEED_BYTES = 128;

/**
 * The machine's device tree, edited for the next kernel as `kexec_file_load` edits it: bootargs, initrd, fresh
 * `kaslr-seed` and `rng-seed`, and nothing left of a crash kernel's or a region's properties. The result has the same
 * size wherever the initrd stands, so that it can be placed before its address is known.
 *
 * @throws FdtError for a blob that is no device tree.
 */
export function prepareDeviceTree(blob: Uint8Array, boot: BootArguments): Uint8Array {
  const fdt = parseFdt(blob);
  const chosen = ensureNode(fdt, '/chosen');
  setProperty(chosen, 'bootargs', stringValue(boot.cmdline));
  const stale = ['linux,initrd-start', 'linux,initrd-end', 'linux,elfcorehdr', 'linux,usable-memory-range'];
  for (const name of [...stale, ...Object.values(regionProperties)]) removeProperty(chosen, name);
  if (boot.region !== undefined) {
    const { property, range } = boot.region;
    setProperty(chosen, property, Uint8Array.from([...u64Value(range.start), ...u64Value(rangeSize(range))]));
  }
  if (boot.initrd !== undefined) {
    setProperty(chosen, 'linux,initrd-start', u64Value(boot.initrd.start));
    setProperty(chosen, 'linux,initrd-end', u64Value(boot.initrd.end + 1n));
  }
  setProperty(chosen, 'kaslr-seed', seed(boot.entropy, 'kaslr-seed', KASLR_SEED_BYTES));
  setProperty(chosen, 'rng-seed', seed(boot.entropy, 'rng-seed', RNG_SEED_BYTES));
  return serializeFdt(fdt);
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

/** A blob with just what a test or a simulated machine needs: memory nodes, CPUs, PSCI, `/chosen`. */
export function minimalDeviceTree(ram: readonly Range[], cpus: number): Uint8Array {
  const fdt: Fdt = { bootCpuidPhys: 0, reservations: [], root: { name: '', properties: [], children: [] } };
  const two = Uint8Array.of(0, 0, 0, 2);
  setProperty(fdt.root, '#address-cells', two);
  setProperty(fdt.root, '#size-cells', two);
  for (const { start, end } of ram) {
    const memory = ensureNode(fdt, `/memory@${start.toString(16)}`);
    setProperty(memory, 'device_type', stringValue('memory'));
    setProperty(memory, 'reg', Uint8Array.from([...u64Value(start), ...u64Value(end - start + 1n)]));
  }
  const psci = ensureNode(fdt, '/psci');
  setProperty(psci, 'compatible', stringValue('arm,psci-0.2'));
  setProperty(psci, 'method', stringValue('smc'));
  for (let cpu = 0; cpu < cpus; cpu++) {
    const node = ensureNode(fdt, `/cpus/cpu@${cpu}`);
    setProperty(node, 'device_type', stringValue('cpu'));
    setProperty(node, 'enable-method', stringValue('psci'));
  }
  return serializeFdt(fdt);
}
