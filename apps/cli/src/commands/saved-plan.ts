import { PLAN_TEXT_MAX, parsePlan, RebootError, type RebootPlan } from '@kexeckit/reboot';
import { type Inputs, readInput } from '../options/files.ts';
import { textOf } from '../options/text.ts';

/**
 * Reads a plan from a file.
 *
 * @throws UsageError for a file that cannot be read; RebootError as parsePlan, with the file's name.
 */
export async function readPlan(path: string, io: Inputs): Promise<RebootPlan> {
  const bytes = await readInput(path, 'the plan', io, PLAN_TEXT_MAX);
  try {
    return parsePlan(textOf(bytes, `the plan ${path}`));
  } catch (error) {
    if (!(error instanceof RebootError)) throw error;
    const { code, message, hint, phase } = error;
    throw new RebootError(code, `${path}: ${message}`, hint, { ...(phase && { phase }), cause: error });
  }
}
