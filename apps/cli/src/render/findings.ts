import type { Finding, Severity } from '@kexeckit/linux';
import pc from 'picocolors';
import type { View } from '../commands/command.ts';
import { EXIT } from '../exit-code.ts';

const marks: Record<Severity, string> = { blocker: pc.red('✗'), warning: pc.yellow('!'), ok: pc.green('✓') };

const blockersIn = (findings: readonly Finding[]): number =>
  findings.filter(({ severity }) => severity === 'blocker').length;

/** Findings for people: the fact, what follows, and what to do about it. */
export const findingsView: View<readonly Finding[]> = {
  text: (findings) => `\n${findings.flatMap(findingLines).join('\n')}\n\n`,
  json: (findings) => findings,
  problem: (findings) => {
    const blockers = blockersIn(findings);
    if (blockers === 0) return undefined;
    return `${blockers} ${blockers === 1 ? 'thing stands' : 'things stand'} in the way of kexec on this host`;
  },
  exitCode: (findings) => (blockersIn(findings) === 0 ? EXIT.done : EXIT.no),
};

function findingLines({ severity, what, why, todo }: Finding): string[] {
  return [
    `  ${marks[severity]} ${severity === 'ok' ? what : pc.bold(what)}`,
    pc.dim(`    ${why}`),
    ...(todo === '' ? [] : [`    → ${todo}`]),
  ];
}
