import { RebootError } from '@kexeckit/reboot';
import pc from 'picocolors';

/** An error for people: code and step, what and what to do, and what belongs to it. */
export function renderError(error: unknown): string {
  if (!(error instanceof Error)) return `kexeckit: ${String(error)}\n`;
  const code = 'code' in error ? `${String(error.code)}: ` : '';
  const step = error instanceof RebootError ? ` in step ${error.step}` : '';
  const lines = ['', `${pc.red(`kexeckit: failed${step}`)}`, `  ${code}${error.message}`];
  if (error instanceof RebootError) {
    for (const violation of error.proof?.violations ?? []) {
      const page = violation.address === undefined ? '' : ` page 0x${violation.address.toString(16)}`;
      lines.push(`  ✗ ${violation.invariant}${page} (${violation.owners.join(', ')}): ${violation.detail}`);
    }
    if (error.console.length > 0)
      lines.push('', '  last lines of the console:', ...error.console.map((line) => `  │ ${line}`));
  }
  return `${lines.join('\n')}\n`;
}
