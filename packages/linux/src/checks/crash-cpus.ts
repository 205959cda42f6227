import { cpuControl } from '../facts.ts';
import { type Finding, notKnown, ok, seen, seenInCmdline, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import { AS_ROOT } from './check.ts';

const ID = 'crash-cpus';

/**
 * A crash kernel is loaded without a look at the CPUs, unlike a kernel for a reboot. Undefined where none is loaded, unless one is
 * asked for that will not start.
 */
export function checkCrashCpus(host: Host): Finding | undefined {
  const state = stateOf(host);
  if (state === undefined) return undefined;
  const control = cpuControl(host);
  if (control === undefined || host.cpusPossible === undefined)
    return host.kexecCrashLoaded === true
      ? notKnown(ID, host, host.acpi === true ? 'acpiTables' : 'deviceTree', 'how the CPUs are started', AS_ROOT)
      : undefined;
  const evidence = [
    ...seen(host, 'kexecCrashLoaded'),
    ...seenInCmdline(host, 'crashkernel'),
    ...(host.deviceTree?.evidence.enableMethods ?? []),
  ];
  const others = control.methods.filter((method) => method !== 'psci');
  if (host.cpusPossible === 1 || (control.psci && others.length === 0))
    return host.kexecCrashLoaded === true
      ? ok(ID, `${state}, and can start all CPUs`, 'PSCI starts them again', evidence)
      : undefined;
  return warning(
    ID,
    `${state}, but the CPUs are started by ${others.join(', ') || 'no PSCI'}`,
    `${whenWords(host)} comes up on the CPU that panicked; the others spin in the old kernel, and it cannot start them`,
    'give the crash kernel nr_cpus=1',
    evidence,
  );
}

function whenWords({ kexecCrashLoaded, kexecCrashSize }: Host): string {
  if (kexecCrashLoaded === true) return 'it';
  const loads =
    kexecCrashSize === 0n ? 'none can be loaded now; once memory is reserved for one, it loads' : 'one loads';
  return `${loads}, but will not start reliably: it`;
}

/** Whether there is a crash kernel, or memory for one, or the wish for it. */
function stateOf(host: Host): string | undefined {
  if (host.kexecCrashLoaded === true) return 'a crash kernel is loaded';
  if ((host.kexecCrashSize ?? 0n) > 0n) return 'memory is reserved for a crash kernel';
  return seenInCmdline(host, 'crashkernel').length > 0 ? 'the command line asks for a crash kernel' : undefined;
}
