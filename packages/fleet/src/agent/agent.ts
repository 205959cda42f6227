import type { DigestedFile, HostEntry, NextSystem } from '@kexeckit/rollout';

/** Who a host says it is. */
export interface Identity {
  readonly bootId: string;
  /** Empty where it has none. */
  readonly machineId: string;
  readonly release: string;
  readonly architecture: string;
}

/** The host's side. */
export interface Agent {
  identify(host: HostEntry, signal?: AbortSignal): Promise<Identity>;
  install(host: HostEntry, files: readonly DigestedFile[], signal?: AbortSignal): Promise<readonly string[]>;
  describe(host: HostEntry, signal?: AbortSignal): Promise<Uint8Array>;
  stage(host: HostEntry, next: NextSystem, plan: DigestedFile, signal?: AbortSignal): Promise<void>;
  isStaged(host: HostEntry, signal?: AbortSignal): Promise<boolean>;
  discard(host: HostEntry, signal?: AbortSignal): Promise<void>;
  commit(host: HostEntry, rollout: string, bootId: string, signal?: AbortSignal): Promise<'committed' | 'already'>;
  /** Whether the host was committed for a rollout, in this boot or an earlier one. */
  isClaimed(host: HostEntry, rollout: string, signal?: AbortSignal): Promise<boolean>;
  evidence(host: HostEntry, signal?: AbortSignal): Promise<Readonly<Record<string, number>>>;
}
