import type { Context } from '../context.ts';
import { UsageError } from '../error.ts';
import { EXIT } from '../exit-code.ts';
import { inLine } from '../render/printable.ts';
import { versionText } from '../version.ts';
import { namesOf, options } from './options.ts';
import { parseArguments } from './parse.ts';
import { outcomeOf } from './state.ts';
import { meant, usageText } from './usage.ts';

/** What kexec-tools ends with where a command line makes no sense. */
const REFUSED = 1;

/**
 * kexec-tools' command line. Messages go to standard error, and what was asked for to standard output.
 *
 * @returns the exit code.
 * @throws what stands in the way of what is asked for.
 */
export async function kexec(args: readonly string[], context: Context): Promise<number> {
  const { io } = context;
  const { found, operands, problem } = parseArguments(args, options, process.env.POSIXLY_CORRECT !== undefined);
  const outcome = outcomeOf(found);
  if (outcome.kind === 'says') {
    const { what } = outcome;
    if (what === 'version') io.out(`${versionText()}\n`);
    else if (what === 'usage') io.out(usageText(versionText(), io.page));
    else io.err(usageText(versionText(), io.errPage));
    return what === 'usage error' ? REFUSED : EXIT.done;
  }
  if (outcome.kind === 'refused')
    throw new UsageError('EOPNOTSUPP', `kexeckit has no ${namesOf(outcome.option)}`, outcome.why);
  if (problem !== undefined) {
    const near = problem.unknown === undefined ? undefined : meant(problem.unknown);
    io.err(`kexec: ${inLine(problem.message)}${near === undefined ? '' : `; did you mean --${near}?`}\n`);
    io.err('kexec -h shows every option\n');
    return REFUSED;
  }
  const { wanted } = outcome;
  const [path, another] = operands;
  if (wanted.load && another !== undefined)
    throw new UsageError(
      'EINVAL',
      `there are two kernels: ${path} and ${another}`,
      'name one; what follows it needs an option',
    );
  const { act } = await import('./act.ts');
  return await act(wanted, path, context);
}
