import {
  defaultRoute,
  describeHost,
  type Host,
  type RouteName,
  type RouteOffer,
  readHost,
  routesOf,
} from '@kexeckit/linux';
import { RebootError, SimulatedMachine } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation/strategies';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import type { MadeMachine } from '../../machines/kind.ts';
import { simulated, simulatedOptions } from '../../machines/simulated.ts';
import { checkFiles, readFiles } from '../../options/files.ts';
import { longName } from '../../options/option.ts';
import { readProfile } from '../../options/profile.ts';
import { requestOf } from '../../options/request.ts';
import { strategyNames, withRegion } from '../../options/strategy.ts';
import { errorFacts } from '../../render/error-facts.ts';
import { hostIn } from '../bundle.ts';
import type { Request } from '../command.ts';
import { type ArrivedReboot, hasArrived, rebootOn } from '../reboot-on.ts';
import { tellNotes } from '../tell-notes.ts';
import type { CompareValues } from './values.ts';

/** Why a strategy cannot be run on this machine with these files. */
export interface Impossible {
  readonly strategy: StrategyName;
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** Strategies side by side. */
export interface Comparison {
  /** Those that ran on the model of the machine. */
  readonly reports: readonly ArrivedReboot[];
  readonly impossible: readonly Impossible[];
  /** What the host offers, where the machine is one. */
  readonly offers: readonly RouteOffer[] | undefined;
  /** The one that the host would take. */
  readonly defaultRoute: RouteName | undefined;
  /** All that modelled times rest on is to be told. */
  readonly notes: boolean;
}

/** Plans, proves and runs every strategy on the same machine, with the same files. One that cannot be is told, and the next one tried. */
export async function compareStrategies({ options }: Request<CompareValues>, context: Context): Promise<Comparison> {
  checkFiles(options, simulated);
  const host = await hostOf(options, context);
  const made = host === undefined ? await simulated.make(options, context.io) : await modelOf(host, options, context);
  await tellNotes(made, context);
  const files = await readFiles(options, simulated, context.io);
  const reports: ArrivedReboot[] = [];
  const impossible: Impossible[] = [];
  for (const strategy of strategyNames) {
    const { reserve, ...others } = options;
    const values = withRegion.includes(strategy) && reserve !== undefined ? { ...others, reserve } : others;
    const job = await requestOf(values, files, strategy, simulated.cmdline);
    try {
      const report = await rebootOn(made, job, { label: strategy }, context);
      if (hasArrived(report)) reports.push(report);
    } catch (error) {
      impossible.push(impossibility(strategy, error, context));
    }
  }
  const offers = host && routesOf(host);
  return {
    reports,
    impossible,
    offers,
    defaultRoute: host && offers && defaultRoute(host, offers),
    notes: options.notes ?? false,
  };
}

/** @throws what is no answer: a bug, an interruption, and what is wrong with the files whatever the strategy. */
function impossibility(strategy: StrategyName, error: unknown, { io, phase }: Context): Impossible {
  if (io.signal?.aborted || !(error instanceof RebootError)) throw error;
  const { code, message, hint } = errorFacts(error, { phase });
  return { strategy, code, message, hint };
}

/** The host that is asked about; undefined where a map is given, or this is no arm64 Linux. */
async function hostOf(options: CompareValues, { io }: Context): Promise<Host | undefined> {
  const { from, iomem } = options;
  if (from !== undefined) {
    refuseBeside(options, from);
    return await hostIn(from, io);
  }
  if (iomem !== undefined || process.arch !== 'arm64' || process.platform !== 'linux') return undefined;
  return await readHost(io.signal && { signal: io.signal });
}

/** @throws UsageError for what a host says of itself. */
function refuseBeside(options: CompareValues, from: string): void {
  const given: Readonly<Partial<Record<string, unknown>>> = { ...options };
  const name = Object.keys(simulatedOptions).find((option) => option !== 'profile' && given[option] !== undefined);
  if (name === undefined) return;
  throw new UsageError('EINVAL', `${longName(name)} beside --from ${from}`, 'the host says it: leave one of them out');
}

/** The strict machine with the memory, device tree and CPUs of a host. */
async function modelOf(host: Host, options: CompareValues, { io }: Context): Promise<MadeMachine> {
  const profile = await readProfile(options, io);
  const { assumptions, memory, dtb, cpus, exceptionLevel, osrelease, lowLimit } = describeHost(host);
  const machine = new SimulatedMachine({
    memory,
    dtb,
    cpus,
    exceptionLevel,
    canReserve: false,
    ...(osrelease !== undefined && { osrelease }),
    ...(lowLimit !== undefined && { lowLimit }),
    ...(profile && { profile }),
  });
  return { machine, notes: assumptions };
}
