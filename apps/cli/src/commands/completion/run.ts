import type { CompletionJson } from '../../json/small.ts';
import type { OutputValues } from '../../options/output.ts';
import { oneOf } from '../../options/values.ts';
import { completionOf } from '../../reference/completion/index.ts';
import { type Shell, shells } from '../../reference/completion/shells.ts';
import { outlineOf } from '../../reference/outline.ts';
import type { Command, Family, Request, View } from '../command.ts';

/** A script for a shell. */
interface Completion {
  readonly shell: Shell;
  readonly script: string;
}

/** The script for the shell that was named. */
export async function scriptFor(
  { args }: Request<OutputValues>,
  commands: readonly (Command | Family)[],
): Promise<Completion> {
  const shell = oneOf(shells)(args[0] ?? '');
  return { shell, script: completionOf[shell](outlineOf(commands)) };
}

/** The script alone: a shell reads it. */
export const completionView: View<Completion> = {
  text: ({ script }) => script,
  json: (completion): CompletionJson => completion,
};
