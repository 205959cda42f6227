import { type Phase, phases, RebootError } from '@kexeckit/reboot';
import { reportIn } from './init.ts';

/** What the command said of an error, as with `--json`. */
interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly phase: Phase;
}

/**
 * The error for a command that came back in the old kernel, with what it said there.
 *
 * @param status its exit code.
 */
export function cameBack(status: number, text: string, console: readonly string[]): RebootError {
  const told = toldIn(reportIn(text));
  if (told === undefined)
    return new RebootError('EIO', `kexeckit ended with status ${status} in the old kernel`, 'see the lines below', {
      phase: phases.stage,
      console,
    });
  const { code, message, hint, phase } = told;
  return new RebootError('EIO', `the old kernel did not reboot: ${code}: ${message}`, hint, { phase, console });
}

/** A console may lose lines, and print between them: what makes no sense is left. */
function toldIn(report: string): Told | undefined {
  const error = fieldOf(parsed(report), 'error');
  const [code, message, hint, name] = ['code', 'message', 'hint', 'phase'].map((field) => fieldOf(error, field));
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  const phase = Object.values(phases).find((row) => row.name === name) ?? phases.stage;
  return { code, message, hint: typeof hint === 'string' ? hint : 'see the lines below', phase };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
