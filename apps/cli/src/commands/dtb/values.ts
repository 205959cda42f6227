import type { OutputValues } from '../../options/output.ts';

/** What `kexeckit dtb get` can be told. */
export interface GetValues extends OutputValues {
  readonly type?: string;
  readonly default?: string;
}

/** What the commands can be told that write a tree. */
export interface WriteValues extends OutputValues {
  readonly output?: string;
}

/** What `kexeckit dtb set` can be told. */
export interface SetValues extends WriteValues {
  readonly type?: string;
  readonly create?: boolean;
}

/** What `kexeckit dtb diff` can be told. */
export interface DiffValues extends OutputValues {
  readonly renumbered?: boolean;
}

/** The tree that firmware has given this machine. */
export const FIRMWARE_TREE = '/sys/firmware/fdt';
