import { loadSize } from '../estimate.ts';
import { humanSize } from '../facts.ts';
import { blocker, type Finding, notKnown, ok, seen, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import type { Load } from './check.ts';

export function checkHalfRam(host: Host, load?: Load): Finding {
  const id = 'half-ram';
  if (host.memTotal === undefined) return notKnown(id, host, 'memTotal', 'the size of RAM', 'mount procfs at /proc');
  const half = host.memTotal / 2n;
  const why = 'a segment, and all segments together, may take at most half of RAM: else EINVAL';
  const limit = `half of RAM is ${humanSize(half)}`;
  const { size, isExact, how, evidence: sized } = loadSize(host, load);
  const evidence = [...seen(host, 'memTotal'), ...sized];
  if (size === undefined || size <= half) return ok(id, limit, why, evidence);
  return (isExact ? blocker : warning)(
    id,
    `${limit}, ${how} take ${humanSize(size)}`,
    why,
    'load a smaller initramfs',
    evidence,
  );
}
