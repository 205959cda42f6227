import { RebootError } from '@kexeckit/reboot';
import type { Violation } from '@kexeckit/relocation';
import { changeLines } from './changes.ts';
import { hex } from './format.ts';

/** What belongs to an error of a reboot: what has changed, what the proof found, the console's last lines. */
export function rebootErrorLines(error: Error): string[] {
  if (!(error instanceof RebootError)) return [];
  const { changes, proof, console } = error;
  return [
    ...changeLines(changes).map((line) => `  ${line}`),
    ...(proof?.violations ?? []).map(violationLine),
    ...(console.length === 0 ? [] : ['', '  last lines of the console:', ...console.map((line) => `  │ ${line}`)]),
  ];
}

function violationLine({ invariant, address, owners, detail }: Violation): string {
  const where = address === undefined ? '' : ` at ${hex(address)}`;
  return `  ✗ ${invariant}${where} (${owners.join(', ')}): ${detail}`;
}
