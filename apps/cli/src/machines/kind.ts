import type { Ending, InputFiles, Machine, Staged } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation/strategies';
import type { Io } from '../io.ts';
import type { Option } from '../options/option.ts';

/** What a process holds that could not be undone. */
export interface Kept {
  /** Tries again. @throws where that fails again: then it is held still. */
  readonly end: () => Promise<void>;
  /** Settles when nothing is held any more. */
  readonly ended: Promise<void>;
}

/** A machine, ready to be described. */
export interface MadeMachine {
  readonly machine: Machine<Ending>;
  /** What was passed over or assumed when it was made, to be said once. */
  readonly notes?: readonly string[];
  /** Set where the terminal may become the machine's console. */
  readonly attached?: { readonly isOn: boolean };
  /** The machine as the kernel sees it that it was rebooted into, where it can show that. */
  readonly booted?: () => MadeMachine;
  /** Set where a reboot ends this very process. */
  readonly endsHere?: {
    /** What a panic starts while a reboot is staged; undefined where that is what it was before. */
    readonly forPanic: () => string | undefined;
    /** Waits until nothing is loaded, or unloaded, any more. @returns why that failed; undefined where it did not. */
    readonly settled: () => Promise<unknown>;
    /** Goes on holding what could not be undone, where its pages are those of this process; undefined where they are not. */
    readonly keep: (left: Staged<Ending>) => Promise<Kept | undefined>;
  };
}

/** What commands need to know of a kind of machine before they make one. */
export interface MachineTraits {
  /** As in `--machine`. */
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Defaults of any option on this machine, in the words of a command line. */
  readonly defaults: Readonly<Record<string, string>>;
  /** Options of other machines that people may look for here: why it has none, and what to use. */
  readonly instead: Readonly<Record<string, string>>;
  /** The strategies that are run where none is asked for. @throws as a machine does that cannot be asked */
  readonly strategies: () => Promise<readonly StrategyName[]>;
  /** The command line of a kernel that was given none. */
  readonly cmdline: string;
  /** What is rebooted into where no kernel is given; undefined: one must be given. */
  readonly workload: (() => Promise<InputFiles>) | undefined;
  /**
   * Why the kernel that runs there takes files only, for these strategies, and plans by itself; undefined where plans are made. A
   * machine without this takes none.
   */
  readonly takesFiles?: (strategies: readonly StrategyName[]) => Promise<string | undefined>;
  /** Whether it can be rebooted again and again, each time from the kernel before. */
  readonly goesOn: boolean;
  /** Whether an old kernel can be booted there, which reboots by itself. */
  readonly bootsOldKernel?: true;
}

/** A kind of machine: its options, its defaults, what it refuses, and how one is made. */
export interface MachineKind<Values> extends MachineTraits {
  /** Refuses values that do not go together, then makes the machine. Nothing runs yet. @throws UsageError */
  readonly make: (values: Values, io: Io) => Promise<MadeMachine>;
}
