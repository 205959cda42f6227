/** What the running kernel has loaded by itself. */
export interface LoadedByFiles {
  readonly kind: 'by files';
  /** Why it was loaded so, in words; undefined where that was asked for. */
  readonly why: string | undefined;
  readonly kernel: string;
  readonly initrd: string | undefined;
  readonly cmdline: string;
}
