import type { Range } from '@kexeckit/ioport';
import type { StrategyName } from '@kexeckit/relocation';

/** The files that a reboot is made of. */
export interface InputFiles {
  /** A kernel file of any kind that `@kexeckit/boot-image` unpacks. */
  readonly kernel: Uint8Array;
  /** What the kernel file is called, for people: commands that are advised name it. */
  readonly kernelName?: string;
  /** An initramfs. One of 0 bytes is refused: a reboot without one leaves it out. */
  readonly initrd?: Uint8Array;
  /** A device tree of this very machine in place of the one that it tells of; what firmware would fill in is filled in. */
  readonly dtb?: Uint8Array;
}

/** What a kernel file can have besides the kernel: a unified kernel image, a FIT or Android image. */
export const kernelParts = ['initrd', 'cmdline', 'dtb'] as const;

/** The name of one of them. */
export type KernelPart = (typeof kernelParts)[number];

/** How the files are to be rebooted into. */
export interface RebootWishes {
  /** The next kernel's command line. */
  readonly cmdline: string;
  readonly strategy: StrategyName;
  /** Decides where the old kernel's allocator leaves source pages, and the next kernel's seeds. Any 32-bit integer. */
  readonly seed: number;
  /**
   * On a machine that can still reserve the strategy's region: how much, in the words of `kexeckernel=` and
   * `crashkernel=`. By default, twice what the segments take: each kernel lives in one half and loads the next into the
   * other.
   */
  readonly reserve?: string;
  /** Compares the SHA-256 of every segment before the jump. By default wherever the strategy can. */
  readonly verify?: boolean;
  /** Marks on the machine's console at each stage of the relocation. No by default. */
  readonly breadcrumbs?: boolean;
  /**
   * What is taken from the kernel file where it has it: nothing by default. Files that are given win; a command line that is
   * given is for a file without one.
   */
  readonly takes?: readonly KernelPart[];
  /** Takes an initramfs that is none as far as anybody can tell: one that Linux would not unpack is refused by default. */
  readonly anyInitrd?: boolean;
}

/** What a person asks for. */
export interface RebootRequest extends InputFiles, RebootWishes {
  /** Where segments, and what runs in between, may stand: anywhere by default. Not for a strategy that has a region. */
  readonly within?: Range;
  /** Most bytes that any step of unpacking the kernel may produce: the machine's RAM at most, and 1 GiB, which is the default. */
  readonly unpackedMax?: number;
}

/** The wishes of a plan: nothing is left to a default. */
export interface PlannedWishes {
  readonly cmdline: string;
  readonly strategy: StrategyName;
  readonly seed: number;
  readonly reserve: string | undefined;
  readonly verify: boolean;
  readonly breadcrumbs: boolean;
  /** What was taken from the kernel file. */
  readonly takes: readonly KernelPart[];
  readonly anyInitrd: boolean;
}
