import type { Host } from '@kexeckit/linux';
import type { Ending, Staged } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation/strategies';
import { CliError } from '../error.ts';
import { commandOf, WATCHER } from '../holder/parts.ts';
import { type ForceValues, forceOption } from '../options/force.ts';
import type { OptionsFor } from '../options/option.ts';
import { longName } from '../options/option.ts';
import { copyingFast, delivered } from '../options/strategy.ts';
import type { MachineKind } from './kind.ts';
import { type PanicValues, panicOf, panicOptions } from './panic.ts';
import { type PlatformValues, platformOptions } from './platform.ts';

/** How this very machine is loaded. */
export interface LoadingValues extends Pick<PlatformValues, 'el'>, PanicValues {}

/** What this very machine can be told. */
export interface LinuxValues extends LoadingValues, ForceValues {}

/** The options of {@link LoadingValues}. */
export const loadingOptions: OptionsFor<LoadingValues> = {
  el: platformOptions.el,
  ...panicOptions,
};

/** The options of {@link LinuxValues}. */
export const linuxOptions: OptionsFor<LinuxValues> = { ...loadingOptions, force: forceOption };

const defaults = {
  el: 'as the kernel shows',
  append: 'empty',
  reserve: 'none',
  strategy: 'the one that kexeckit doctor names',
} as const;

const REAL = 'the machine is as it is';

/** The route that a host offers first. @throws CliError where it offers none for certain, saying why. */
export async function offeredOn(host: Host): Promise<StrategyName> {
  const { defaultRoute, routesOf } = await import('@kexeckit/linux');
  const offers = routesOf(host);
  const route = defaultRoute(host, offers);
  if (route !== undefined) return route;
  const reasons = new Set(offers.flatMap(({ why }) => why.slice(0, 1)));
  throw new CliError(
    'EOPNOTSUPP',
    `this host offers no way into another kernel for certain: ${[...reasons].join('; ')}`,
    `kexeckit doctor says more; ${longName('strategy')} tries one all the same`,
  );
}

/** This very machine. */
export const linux: MachineKind<LinuxValues> = {
  name: 'linux',
  summary: 'this very machine: its kernel is replaced',
  options: linuxOptions,
  defaults,
  instead: { iomem: REAL, memory: REAL, cpus: REAL, vhe: REAL, softRestart: REAL },
  strategies: async () => {
    const { readHost } = await import('@kexeckit/linux');
    return [await offeredOn(await readHost())];
  },
  takesFiles: async (strategies) => {
    if (!strategies.every((name) => delivered.includes(name))) return undefined;
    const { readHost, whyByFiles } = await import('@kexeckit/linux');
    return whyByFiles(await readHost());
  },
  cmdline: '',
  workload: undefined,
  goesOn: false,
  make: async (values, io) => {
    const { el, force } = values;
    const panic = await panicOf(values, io);
    const { guardBy, Holder, LinuxMachine } = await import('@kexeckit/linux');
    const machine = new LinuxMachine({
      postGuard: guardBy(commandOf(WATCHER)),
      ...(el !== undefined && { exceptionLevel: el === '2' ? 2 : 1 }),
      ...panic,
      ...(force && { services: 'none', anyInitrd: true }),
    });
    const endsHere = {
      forPanic: () => machine.forPanic,
      settled: () => machine.settled(),
      keep: async (left: Staged<Ending>) =>
        copyingFast.includes(left.plan.wishes.strategy) ? await Holder.keep(left) : undefined,
    };
    return { machine, endsHere };
  },
};
