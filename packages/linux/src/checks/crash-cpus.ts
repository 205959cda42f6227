import { cpuControl } from '../facts.ts';
import { type Finding, notKnown, ok, seen, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import { AS_ROOT } from './check.ts';

/** A crash kernel is loaded without a look at the CPUs, unlike a kernel for a reboot. Undefined where none is loaded. */
export function checkCrashCpus(host: Host): Finding | undefined {
  const id = 'crash-cpus';
  if (host.kexecCrashLoaded !== true) return undefined;
  const control = cpuControl(host);
  if (control === undefined || host.cpusPossible === undefined)
    return notKnown(id, host, host.acpi === true ? 'acpiTables' : 'deviceTree', 'how the CPUs are started', AS_ROOT);
  const evidence = [...seen(host, 'kexecCrashLoaded'), ...(host.deviceTree?.evidence.enableMethods ?? [])];
  const others = control.methods.filter((method) => method !== 'psci');
  if (host.cpusPossible === 1 || (control.psci && others.length === 0))
    return ok(id, 'a crash kernel is loaded, and can start all CPUs', 'PSCI starts them again', evidence);
  return warning(
    id,
    `a crash kernel is loaded, but the CPUs are started by ${others.join(', ') || 'no PSCI'}`,
    'it comes up on the CPU that panicked; the others spin in the old kernel, and it cannot start them',
    'give the crash kernel nr_cpus=1',
    evidence,
  );
}
