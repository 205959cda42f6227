import type { StrategyName } from '@kexeckit/relocation';

/** What a person asks for. */
export interface RebootRequest {
  /** A kernel file of any kind that `@kexeckit/boot-image` unpacks. */
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array;
  /** The next kernel's command line. */
  readonly cmdline: string;
  readonly strategy: StrategyName;
  /** Decides where the old kernel's allocator leaves source pages, and the next kernel's seeds. Any 32-bit integer. */
  readonly seed: number;
  /**
   * On a machine that can still reserve the region of strategy `reserved` or `crash-region`: how much, in the words of
   * `kexeckernel=` and `crashkernel=`. By default, twice what the segments take: each kernel lives in one half and loads
   * the next into the other.
   */
  readonly reserve?: string;
  /**
   * Compares the SHA-256 of every segment before the jump. By default where the MMU is on for it: everywhere but with
   * `mmu-off`.
   */
  readonly verify?: boolean;
  /** Marks on the machine's console at each stage of the relocation. No by default. */
  readonly breadcrumbs?: boolean;
}
