import { RebootError } from '@kexeckit/reboot';
import type { Violation } from '@kexeckit/relocation';
import type { RebootErrorJson } from '../json/error.ts';
import { changeLines } from './changes.ts';
import { hex } from './format.ts';
import type { Page } from './page.ts';
import { paragraph } from './table.ts';

/** What belongs to an error of a reboot: what has changed, what the proof found, the console's last lines. */
export function rebootErrorLines(error: Error, page: Page): string[] {
  if (!(error instanceof RebootError)) return [];
  const { changes, proof, console } = error;
  return [
    ...changeLines(changes, narrower(page)).map((line) => `  ${line}`),
    ...(proof?.violations ?? []).map((violation) => violationLine(violation, page)),
    ...(console.length === 0
      ? []
      : ['', '  last lines of the console:', ...console.map((line) => `  ${page.signs.bar} ${line}`)]),
  ];
}

const narrower = (page: Page): Page => ({ ...page, width: page.width - 2 });

/** The same for programs. */
export function rebootErrorDetails(error: Error): RebootErrorJson {
  if (!(error instanceof RebootError)) return {};
  const { changes, proof, console } = error;
  return { changes, violations: proof?.violations ?? [], console };
}

function violationLine({ invariant, address, owners, detail }: Violation, page: Page): string {
  const where = address === undefined ? '' : ` at ${hex(address)}`;
  return paragraph(`${invariant}${where} (${owners.join(', ')}): ${detail}`, page, `  ${page.signs.bad} `);
}
