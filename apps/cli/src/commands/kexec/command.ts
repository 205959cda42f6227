import { namesOf, options } from '../../kexec/options.ts';
import type { Command } from '../command.ts';

/** `kexeckit kexec`, and `kexec` where a link of that name leads here. */
export const kexec: Command = {
  name: 'kexec',
  summary: "take kexec-tools' options in its place",
  args: [{ name: 'option', summary: 'as kexec takes them', isOptional: true, isMany: true }],
  options: {},
  lists: [
    {
      heading: 'Options of kexec-tools:',
      rows: options
        .filter(({ effect }) => !('refused' in effect))
        .map((option) => [namesOf(option), option.summary] as const),
    },
  ],
  examples: [
    { line: 'kexeckit kexec -l /boot/vmlinuz --initrd=/boot/initrd.img --reuse-cmdline', does: 'load for a reboot' },
    { line: 'kexeckit kexec -e', does: 'reboot into it at once' },
    {
      line: 'ln -s "$(command -v kexeckit)" /usr/local/sbin/kexec',
      does: 'the same as kexec -l, kexec -e and the others',
    },
  ],
  execute: async (_, args, context) => ({ out: '', problem: undefined, exitCode: await takeArguments(args, context) }),
  takesArguments: takeArguments,
};

async function takeArguments(args: readonly string[], context: Parameters<Command['execute']>[2]): Promise<number> {
  const { kexec: run } = await import('../../kexec/kexec.ts');
  return await run(args, context);
}
