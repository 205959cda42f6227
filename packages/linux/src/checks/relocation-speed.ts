import { linuxCounts, type MachineProfile } from '@kexeckit/cost';
import { strategies } from '@kexeckit/relocation/strategies';
import { loadSize } from '../estimate.ts';
import { humanSize, isBefore, kernelVersion } from '../facts.ts';
import { type Finding, notKnown, ok, seen, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import type { Load } from './check.ts';
import { ownTime } from './own-times.ts';

/** All that load into a region: nothing has to be moved. */
const inPlace = strategies
  .filter(({ region }) => region !== undefined)
  .map(({ name }) => name)
  .join(' or ');

/** All whose routine moves with the MMU on, whatever kernel runs. */
const moved = strategies
  .filter(({ region, delivers, mmu }) => region === undefined && !delivers && mmu === 'on')
  .map(({ name }) => name)
  .join(' or ');

const PUBLISHED =
  '11 to 200 MB/s were measured: 0.44 s for 25 MB on Stingray (MMU on: 0.022 s), 7.5 s for 84 MB on ThunderX2 (0.04 s)';

/** The same by the host's own profile, for what is to be loaded. */
function own(
  host: Host,
  load: Load | undefined,
  profile: MachineProfile | undefined,
  mmu: 'off' | 'on',
): string | undefined {
  const { size } = loadSize(host, load);
  if (profile === undefined || size === undefined) return undefined;
  return `${humanSize(size)} take ${ownTime(linuxCounts(Number(size) / 2 ** 20, mmu), profile)}`;
}

/** Before 5.16 Linux relocates with the MMU off. */
export function checkRelocationSpeed(host: Host, load?: Load, profile?: MachineProfile): Finding {
  const id = 'relocation-speed';
  const version = kernelVersion(host);
  if (version === undefined) return notKnown(id, host, 'osrelease', 'the kernel version', 'look at uname -r');
  const name = `the kernel is ${version.join('.')}`;
  const evidence = seen(host, 'osrelease');
  if (!isBefore(version, [5, 16])) {
    const tables = host.memTotal === undefined ? 'RAM/512' : `RAM/512, here ${humanSize(host.memTotal / 512n)}`;
    return ok(
      id,
      `${name}: it relocates with the MMU on`,
      `${own(host, load, profile, 'on') ?? '1.1 to 2.1 GB/s were measured'}; each load that is not in place copies the linear map's tables (${tables})`,
      evidence,
    );
  }
  return warning(
    id,
    `${name}: before 5.16 it relocates with the MMU off`,
    own(host, load, profile, 'off') ?? PUBLISHED,
    `update to 5.16 or later (unless the vendor has ported it back), load in place (strategy ${inPlace}), or let kexeckit move it (strategy ${moved})`,
    evidence,
  );
}
