import { outputOptions } from '../../options/output.ts';
import { shells } from '../../reference/completion/shells.ts';
import { type Command, defineCommand, type Family } from '../command.ts';

/** `kexeckit completion`. @param all the commands, without this one. */
export const completionFor = (all: readonly (Command | Family)[]): Command => {
  const completion: Command = defineCommand({
    name: 'completion',
    summary: 'print what lets a shell complete command lines of kexeckit',
    args: [{ name: 'shell', summary: shells.join(', '), words: shells }],
    options: outputOptions,
    examples: [
      { line: 'source <(kexeckit completion bash)', does: 'for this shell; in ~/.bashrc for all' },
      { line: 'source <(kexeckit completion zsh)', does: 'the same for zsh, behind compinit' },
      { line: 'kexeckit completion fish > ~/.config/fish/completions/kexeckit.fish', does: 'for all fishes' },
    ],
    load: async () => {
      const { completionView, scriptFor } = await import('./run.ts');
      return { run: (request) => scriptFor(request, [...all, completion]), view: completionView };
    },
  });
  return completion;
};
