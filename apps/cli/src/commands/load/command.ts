import type { Context } from '../../context.ts';
import { linux, loadingOptions } from '../../machines/linux.ts';
import { byFilesOptions } from '../../options/by-files.ts';
import { everydayFiles, fileOptions } from '../../options/files.ts';
import { forceInitrdOption } from '../../options/force.ts';
import { REBOOT } from '../../options/headings.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions, saveOptions } from '../../options/output.ts';
import { rehearseOptions } from '../../options/rehearse.ts';
import { requestDefaults, requestOptions } from '../../options/request.ts';
import { copyingFast, delivered, strategyLines } from '../../options/strategy.ts';
import { filled } from '../../options/values.ts';
import { type Command, defineCommand } from '../command.ts';
import type { LoadValues } from './values.ts';

const options: OptionsFor<LoadValues> = {
  ...fileOptions,
  ...requestOptions,
  ...byFilesOptions,
  ...rehearseOptions,
  ...loadingOptions,
  plan: {
    heading: REBOOT,
    summary:
      'a plan that was saved for such a machine: refused where files or machine are others, else made again with seeds of its own',
    value: '<file>',
    parse: filled,
  },
  ...saveOptions,
  ...outputOptions,
  force: forceInitrdOption,
};

const same: Readonly<Record<string, string>> = { ...requestDefaults, ...linux.defaults };

const here = defineCommand({
  name: 'load',
  summary: 'plan a reboot of this very machine, prove it, rehearse it, and load it: exec reboots into it',
  args: [],
  options,
  defaultOf: (option) => same[option],
  everyday: [...everydayFiles, 'append', 'strategy', 'captureKernel', 'savePlan', 'json'],
  lists: [{ heading: 'Strategies:', rows: strategyLines }],
  examples: [
    {
      line: 'kexeckit load --no-capture-kernel --kernel vmlinuz --initrd initrd.img --append "$(cat /proc/cmdline)"',
      does: 'stays loaded until exec, unload, or a reboot',
    },
    {
      line: `kexeckit load --strategy ${copyingFast[0]} --kernel vmlinuz --initrd initrd.img`,
      does: 'the same for a host without a region: a process holds the pages that it stands in',
    },
    {
      line: `kexeckit load --strategy ${delivered[0]} --kernel vmlinuz --initrd initrd.img --append "$(cat /proc/cmdline)"`,
      does: 'copied at the reboot; on x86_64 too, where the kernel plans by itself',
    },
    {
      line: 'kexeckit load --plan plan.json --kernel vmlinuz --initrd initrd.img',
      does: 'what was planned for many machines of this kind',
    },
  ],
  load: async () => {
    const [{ loadImage }, { loadedView }] = await Promise.all([import('./run.ts'), import('../../render/loaded.ts')]);
    return { run: loadImage, view: loadedView };
  },
});

/** `kexeckit load`. What stands in pages of a process is loaded by one that stays. */
export const load: Command = {
  ...here,
  execute: async (parsed, args, context) => {
    const isHeld = context.hold !== undefined || !(await needsHolder(parsed.opts<LoadValues>(), context));
    if (isHeld) return await here.execute(parsed, args, context);
    return await (await import('../../holder/ask-to-hold.ts')).askToHold(context);
  },
};

/** Whether the strategy is one whose pages somebody has to hold: that which was named, or which the host offers first. */
async function needsHolder(values: Partial<Record<keyof LoadValues, unknown>>, { io }: Context): Promise<boolean> {
  const { strategy, kexecFile, kernel, plan } = values;
  // What makes no sense is refused where it is read.
  if (kexecFile === true || kernel === undefined) return false;
  if (typeof plan === 'string') {
    const saved = await (await import('../saved-plan.ts')).readPlan(plan, io);
    return held.includes(saved.wishes.strategy);
  }
  const isNamed = strategy !== undefined && strategy !== requestOptions.strategy.asDefault;
  const names: readonly unknown[] = isNamed ? [strategy] : await linux.strategies().catch(() => []);
  return names.some((name) => held.includes(name));
}

const held: readonly unknown[] = copyingFast;
