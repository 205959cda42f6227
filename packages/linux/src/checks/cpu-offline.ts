import { getParameter } from '@kexeckit/cmdline';
import { cpuControl } from '../facts.ts';
import { blocker, type Finding, notKnown, ok, seen, seenInCmdline } from '../finding.ts';
import type { Host } from '../host-values.ts';
import type { Evidence } from '../reading.ts';
import { AS_ROOT } from './check.ts';

const ID = 'cpu-offline';
const REMEDY = 'update firmware to one with PSCI, or boot with a single possible CPU (nr_cpus=1)';
const WHY =
  'all CPUs but one must go offline, which here they cannot: the load gives EBUSY, "CPUs are stuck in the kernel"';

/** Linux counts the CPUs that are possible, not those that are online. */
export function checkCpuOffline(host: Host): Finding {
  if (host.cpusPossible === undefined) {
    return notKnown(ID, host, 'cpusPossible', 'the number of CPUs', 'mount sysfs at /sys');
  }
  if (host.cpusPossible === 1)
    return ok(ID, 'there is one CPU', 'no other CPU has to go offline', seen(host, 'cpusPossible'));
  return checkMethod(host, `${host.cpusPossible} CPUs`) ?? checkFixed(host, `${host.cpusPossible} CPUs`);
}

/** How they are started. Undefined: by PSCI. */
function checkMethod(host: Host, cpus: string): Finding | undefined {
  const control = cpuControl(host);
  const field = host.acpi === true ? 'acpiTables' : 'deviceTree';
  if (control === undefined) return notKnown(ID, host, field, `whether the ${cpus} can go offline`, AS_ROOT);
  const limited = seenInCmdline(host, 'maxcpus');
  const evidence = [...seen(host, 'cpusPossible'), ...methodEvidence(host), ...limited];
  const why = limited.length > 0 ? `${WHY}; maxcpus= does not change that: those that stay off count, too` : WHY;
  const others = control.methods.filter((method) => method !== 'psci');
  if (others.length > 0) return blocker(ID, `the ${cpus} are started by ${others.join(', ')}`, why, REMEDY, evidence);
  if (!control.psci) return blocker(ID, `the firmware of the ${cpus} has no PSCI`, why, REMEDY, evidence);
  if (control.methods.length === 0) {
    return notKnown(ID, host, 'deviceTree', `how the ${cpus} are started`, 'look for enable-method below /cpus');
  }
  return undefined;
}

/** The CPU that reboots: `reboot=smp` and its number, or else the first. */
const rebootCpu = ({ cmdline = '' }: Host): number =>
  Number(/(?:^|,)s(?:mp)?(\d{1,6})/.exec(getParameter(cmdline, 'reboot') ?? '')?.[1] ?? 0);

/** PSCI can refuse to stop the CPU that a trusted OS lives on. */
function checkFixed(host: Host, cpus: string): Finding {
  const evidence = [...methodEvidence(host), ...seen(host, 'cpusFixed')];
  if (host.cpusFixed === undefined)
    return notKnown(ID, host, 'cpusFixed', `whether each of the ${cpus} can go offline`, 'mount sysfs at /sys');
  const others = host.cpusFixed.filter((cpu) => cpu !== rebootCpu(host));
  if (others.length === 0)
    return ok(
      ID,
      `the ${cpus} are started and stopped by PSCI`,
      'all but one can go offline before the jump',
      evidence,
    );
  return blocker(
    ID,
    `${others.map((cpu) => `CPU ${cpu}`).join(', ')} cannot go offline`,
    'the firmware says so (a trusted OS lives there), or the kernel was built without it: the reboot ends in a BUG',
    others.length === 1 ? `boot with reboot=smp${others[0]}` : 'boot without the trusted OS',
    evidence,
  );
}

const methodEvidence = (host: Host): readonly Evidence[] =>
  host.acpi === true
    ? seen(host, 'acpiTables')
    : [...(host.deviceTree?.evidence.enableMethods ?? []), ...(host.deviceTree?.evidence.psci ?? [])];
