import type { HostEntry } from '@kexeckit/rollout';
import type { Agent } from '../agent/agent.ts';

const BOOT = '0f7e5c1a-9a53-4a0e-8a0e-';

/** A boot id of its own for each host. */
export const ownBoot = (at: number): string => `${BOOT}${at.toString(16).padStart(12, '0')}`;

/**
 * Hosts in memory that are surveyed, and do nothing else.
 *
 * @param bundles what they say of themselves, in turn.
 */
export function fleetOf(bundles: readonly Uint8Array[], bootOf: (at: number) => string, size: number) {
  const inventory: HostEntry[] = Array.from({ length: size }, (_, at) => ({ name: `h${at}`, labels: {} }));
  const at = (host: HostEntry): number => Number(host.name.slice(1));
  let installed = 0;
  const none = (): never => {
    throw new Error('a survey does nothing of this');
  };
  const side: Agent = {
    identify: async (host) => ({
      bootId: bootOf(at(host)),
      machineId: '',
      release: '6.1.0-50-arm64',
      architecture: 'aarch64',
    }),
    install: async () => {
      installed += 1;
      return [];
    },
    describe: async (host) => bundles[at(host) % bundles.length] ?? new Uint8Array(),
    stage: none,
    isStaged: none,
    discard: none,
    commit: none,
    claimOf: none,
    evidence: none,
  };
  return { inventory, side, installed: () => installed };
}
