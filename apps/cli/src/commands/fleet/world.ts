import { hostname } from 'node:os';
import type { Agent, Clock, Transport } from '@kexeckit/fleet';
import type { DigestedFile, HostEntry } from '@kexeckit/rollout';
import { CliError } from '../../error.ts';

/** Where hosts are: what reaches them, and the time that they go by. */
export interface World {
  readonly clock: Clock;
  /** By name. */
  readonly transports: ReadonlyMap<string, Transport>;
  readonly close: () => Promise<void>;
}

/** Says where a farm listens. */
const FARM = 'KEXECKIT_FARM';

/** Where simulated hosts are; undefined where hosts are real. */
export const farmAddress = (env: NodeJS.ProcessEnv = process.env): string | undefined => env[FARM] || undefined;

/** The time that a rollout goes by: that of the farm where hosts are simulated. @throws FleetError where no farm is there. */
export async function clockOfWorld(): Promise<Clock> {
  const { realClock, scaledClock } = await import('@kexeckit/fleet');
  const farm = farmAddress();
  if (farm === undefined) return realClock;
  const { farmClock } = await import('@kexeckit/fleet/simulation');
  return scaledClock(await farmClock(farm));
}

/** Real hosts, or those of a farm and no others: they go by another time. */
export async function openWorld(): Promise<World> {
  const { LocalTransport, SshTransport } = await import('@kexeckit/fleet');
  const clock = await clockOfWorld();
  const farm = farmAddress();
  const transports: Transport[] = [new LocalTransport()];
  if (farm === undefined) transports.push(new SshTransport());
  else {
    const { SimulatedTransport } = await import('@kexeckit/fleet/simulation');
    transports.push(new SimulatedTransport({ address: farm, worker: `${hostname()}-${process.pid}` }));
  }
  return {
    clock,
    transports: new Map(transports.map((transport) => [transport.name, transport])),
    close: async () => void (await Promise.all(transports.map((transport) => transport.close()))),
  };
}

/** What speaks to a host. @throws CliError for a transport that there is not. */
export async function agentsOf({ clock, transports }: World, agent: DigestedFile): Promise<(host: HostEntry) => Agent> {
  const { agentOver } = await import('@kexeckit/fleet');
  const agents = new Map([...transports].map(([name, transport]) => [name, agentOver(transport, agent, clock)]));
  return ({ name, transport = 'ssh' }) => {
    const found = agents.get(transport);
    if (found !== undefined) return found;
    const hint =
      transport === 'simulated'
        ? `${FARM} says where they are: kexeckit fleet farm prints it`
        : `give one of ${[...agents.keys()].join(', ')} in the inventory`;
    throw new CliError('EINVAL', `${name} has transport ${transport}, which is not there`, hint);
  };
}
