import type { HostEntry } from '../inventory/host.ts';
import type { RolloutPolicy } from '../policy/policy.ts';

/** A file that every worker has at this path, with this content. */
export interface DigestedFile {
  readonly path: string;
  readonly size: number;
  /** SHA-256, in hex. */
  readonly sha256: string;
}

/** What is booted on every host of the rollout. */
export interface NextSystem {
  readonly kernel: DigestedFile;
  readonly initrd?: DigestedFile | undefined;
  readonly dtb?: DigestedFile | undefined;
  readonly cmdline: string;
  /** `auto`: the one that `kexeckit doctor` names for the class. */
  readonly strategy: string;
  /**
   * No capture kernel is kept for a panic between load and reboot. Without this, a host whose kdump names none refuses `crash-region`: that
   * a panic would leave no dump has to be said.
   */
  readonly withoutCaptureKernel?: boolean | undefined;
  /** What `uname -r` says after the reboot. */
  readonly release: string;
  /** The host's side: `kexeckit.js`, or a program of its own. */
  readonly agent: DigestedFile;
}

/** Hosts with the same reality: one plan, one proof, one rehearsal for all. */
export interface HostClass {
  /** SHA-256 over what a plan depends on, in hex. */
  readonly key: string;
  readonly strategy: string;
  /** The saved plan, proved and rehearsed. */
  readonly plan: DigestedFile;
  readonly hosts: number;
  /** What was checked, and on which configurations it was rehearsed. */
  readonly proof: { readonly checks: number; readonly rehearsals: number };
}

/** A host of a rollout: what was found when it was planned. */
export interface PlannedHost extends HostEntry {
  /** The key of its class. */
  readonly class: string;
  /** What `/etc/machine-id` says; empty where it has none. */
  readonly machineId: string;
}

export interface PlannedWave {
  readonly name: string;
  readonly concurrency: number;
  /** A number of hosts. */
  readonly failureBudget: number;
  readonly soakMs: number;
  /** Names of hosts. */
  readonly hosts: readonly string[];
}

/** The whole of a rollout, as it is planned, saved, and run by workers on any machine. */
export interface RolloutDocument {
  readonly format: 'kexeckit-rollout/1';
  /** Letters, digits and `-`. It guards each host against a second commit. */
  readonly id: string;
  readonly policy: RolloutPolicy;
  readonly next: NextSystem;
  readonly classes: readonly HostClass[];
  readonly hosts: readonly PlannedHost[];
  readonly waves: readonly PlannedWave[];
  /** A number of hosts. */
  readonly failureBudget: number;
  /** Hosts of the inventory that take no part, and why. */
  readonly left: readonly { readonly host: string; readonly why: string }[];
}
