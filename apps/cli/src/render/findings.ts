import type { Finding, Severity } from '@kexeckit/linux';
import pc from 'picocolors';

const marks: Record<Severity, string> = { blocker: pc.red('✗'), warning: pc.yellow('!'), ok: pc.green('✓') };

/** Findings for people: the fact, what follows, and what to do about it. */
export function renderFindings(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ severity, what, why, todo }) => [
    `  ${marks[severity]} ${severity === 'ok' ? what : pc.bold(what)}`,
    pc.dim(`    ${why}`),
    ...(todo === '' ? [] : [`    → ${todo}`]),
  ]);
  return `\n${lines.join('\n')}\n\n`;
}
