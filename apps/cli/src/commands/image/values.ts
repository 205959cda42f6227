import type { OutputValues } from '../../options/output.ts';

/** What a kernel file may have besides the kernel. */
export const PARTS = ['initrd', 'cmdline', 'dtb'] as const;

/** One of these. */
export type PartName = (typeof PARTS)[number];

/** What `kexeckit image` can be told. */
export interface ImageValues extends OutputValues {
  readonly configuration?: string;
  readonly unpack?: string;
  readonly extract?: PartName;
  readonly output?: string;
}
