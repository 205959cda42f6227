import type { PlannedHost, RolloutDocument } from '../plan/document.ts';
import { planWaves } from '../plan/waves.ts';
import { readPolicy } from '../policy/read-policy.ts';

const digest = (seed: number): string => seed.toString(16).padStart(64, '0');
const file = (path: string): { path: string; size: number; sha256: string } => ({
  path,
  size: 1000,
  sha256: digest(1),
});

/** A rollout over so many hosts of two classes, the first of them a canary. */
export function rolloutOf(
  count: number,
  change: (host: PlannedHost, at: number) => PlannedHost = (host) => host,
): RolloutDocument {
  const policy = readPolicy(`
waves: [{ name: canary, select: role=canary, soak: 10m }]
concurrency: 10
failureBudget: 3%
windows: [{ days: [sat, sun], start: 01:00, end: 05:00, zone: Europe/Berlin }]
drain: [kubectl, drain, '{host}']`);
  const hosts = Array.from({ length: count }, (_, at): PlannedHost => {
    const labels = { role: at === 0 ? 'canary' : 'web', zone: `eu-${at % 3}` };
    return change(
      { name: `web-${at}`, labels, class: digest(at % 2), machineId: (at + 1).toString(16).padStart(32, '0') },
      at,
    );
  });
  return {
    format: 'kexeckit-rollout/1',
    id: 'kernel-6-12',
    policy,
    next: {
      kernel: file('/srv/vmlinuz'),
      initrd: file('/srv/initrd'),
      cmdline: 'console=ttyS0',
      strategy: 'auto',
      release: '6.12.9-arm64',
      agent: file('/usr/lib/kexeckit/kexeckit.js'),
    },
    classes: [0, 1].map((at) => ({
      key: digest(at),
      strategy: 'mmu-on',
      plan: file(`/srv/plans/${at}`),
      hosts: hosts.filter((host) => host.class === digest(at)).length,
      proof: { checks: 12_345, rehearsals: 4 },
    })),
    hosts,
    ...planWaves(hosts, policy),
    left: [{ host: 'old-1', why: 'EOPNOTSUPP: no route for a reboot' }],
  };
}
