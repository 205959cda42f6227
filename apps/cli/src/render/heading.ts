import type { RebootReport } from '@kexeckit/reboot';
import pc from 'picocolors';

const MIB = 2 ** 20;

/** What was done, in two lines: machine and workload, proof. */
export function renderHeading(machine: string, reports: readonly RebootReport[]): string {
  const [first] = reports;
  if (first === undefined) return '';
  const { relocation, cpus, seed } = first.plan;
  const ram = relocation.placement.ram.reduce((sum, { start, end }) => sum + Number(end - start + 1n), 0);
  const cargo = relocation.placement.segments.map(({ name, bufsz }) => `${name} ${size(Number(bufsz))}`).join(', ');
  const checked = reports.flatMap(({ proof }) => proof.checks).reduce((sum, check) => sum + check.checked, 0);
  return [
    '',
    `${pc.bold('kexeckit')}  ${machine} machine, ${(ram / 2 ** 30).toFixed(1)} GiB of RAM, ${cpus} CPUs, EL${relocation.exceptionLevel}, seed ${seed}`,
    `          ${cargo}`,
    `          proved: ${first.proof.checks.length} invariants over ${checked.toLocaleString('en-US')} pages and entries, no violation`,
    `          read back at the jump: ${readBack(reports)}`,
    '',
    '',
  ].join('\n');
}

/** A size in the unit that suits it. */
function size(bytes: number): string {
  return bytes < MIB ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / MIB).toFixed(1)} MiB`;
}

function readBack(reports: readonly RebootReport[]): string {
  const segments = reports.flatMap(({ destinations }) => destinations);
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  return `${segments.length} segments, ${size(bytes)}, every byte equal`;
}
