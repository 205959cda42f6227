/** One property: a name and its bytes, big-endian as the specification has them (Devicetree Specification 2.2.4). */
export interface FdtProperty {
  name: string;
  value: Uint8Array;
  /**
   * The bytes that fill up the last word in the blob, where they are not zero (libfdt leaves what was there before);
   * {@link parseFdt} notes them where `layout` is asked for. They mean nothing.
   */
  padding?: Uint8Array;
}

/**
 * One node. `name` is the last part of its path with its unit address (`pl011@9000000`); the root's name is empty.
 * Properties and children keep their order.
 */
export interface FdtNode {
  name: string;
  properties: FdtProperty[];
  children: FdtNode[];
}

/** One entry of the memory reservation block: bytes that nobody may use (Devicetree Specification 5.3). */
export interface FdtReservation {
  /** Physical address. */
  address: bigint;
  /** Size in bytes. */
  size: bigint;
}

/** A whole device tree, in plain data: change it in place, then {@link serializeFdt} it. */
export interface Fdt {
  /** Physical id of the boot CPU (the header's `boot_cpuid_phys`). */
  bootCpuidPhys: number;
  reservations: FdtReservation[];
  root: FdtNode;
  /**
   * The order in which names are stored in the blob, where it is not that of their first use (as libfdt leaves it, and
   * fdtoverlay); {@link parseFdt} notes it where `layout` is asked for. It says nothing about the tree.
   */
  nameOrder?: readonly string[];
  /**
   * Zeros behind the blocks that count as part of the blob, where there are some (boot loaders ask dtc for a size that is a
   * multiple of 8); {@link parseFdt} notes them where `layout` is asked for.
   */
  padding?: number;
}
