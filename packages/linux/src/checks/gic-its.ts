import { getParameter } from '@kexeckit/cmdline';
import { itsCount } from '../facts.ts';
import { blocker, type Finding, notKnown, ok, seen, seenInCmdline } from '../finding.ts';
import type { Host } from '../host-values.ts';
import { AS_ROOT } from './check.ts';

/** Linux reads it with kstrtobool: y, t, 1 or on. */
function lpisAreOff(cmdline: string): boolean {
  const value = getParameter(cmdline, 'irqchip.gicv3_nolpi');
  return typeof value === 'string' && /^([yt1]|on)/i.test(value);
}

/** LPI tables outlive a kernel; only UEFI's memory reservation table tells the next one where they are. */
export function checkIts(host: Host): Finding {
  const id = 'gic-its';
  const its = itsCount(host);
  const field = host.acpi === true ? 'acpiTables' : 'deviceTree';
  if (its === undefined) return notKnown(id, host, field, 'whether the GIC has an ITS', AS_ROOT);
  const found = host.acpi === true ? seen(host, 'acpiTables') : (host.deviceTree?.evidence.its ?? []);
  if (its === 0) {
    const evidence = found.length === 0 ? seen(host, field) : found;
    return ok(id, 'the GIC has no ITS', 'there are no LPI tables that outlive the reboot', evidence);
  }
  if (host.cmdline !== undefined && lpisAreOff(host.cmdline)) {
    const evidence = [...found, ...seenInCmdline(host, 'irqchip.gicv3_nolpi')];
    const what = 'the GIC has an ITS, but irqchip.gicv3_nolpi is set';
    return ok(id, what, 'LPIs were never enabled: no tables in RAM', evidence);
  }
  const evidence = [...found, ...seen(host, 'efi')];
  if (host.efi === undefined)
    return notKnown(id, host, 'efi', 'whether UEFI keeps the tables of the ITS reserved', AS_ROOT);
  if (host.efi) {
    return ok(
      id,
      'the GIC has an ITS, and UEFI keeps its tables reserved',
      'the EFI memory reservation table tells the next kernel where the LPI tables are',
      evidence,
    );
  }
  return blocker(
    id,
    'the GIC has an ITS, and there is no UEFI to keep its tables reserved',
    'once enabled, LPI tables cannot be moved: the GIC goes on writing pending bits into memory that the next kernel uses',
    'boot through UEFI, or boot the running kernel with irqchip.gicv3_nolpi=1 where nothing needs LPIs (MSIs), or ITS off',
    evidence,
  );
}
