import { agentOver, realityOfBundle } from '@kexeckit/fleet';
import type { Engine } from './engine.ts';
import type { World } from './world.ts';

/** What a worker brings along. */
export const contextOf = ({ clock, transports }: World): Parameters<Engine['startWorker']>[1] => ({
  clock,
  transports,
  agentOf: ({ next }, transport) => agentOver(transport, next.agent, clock),
  classKeyOf: async (bundle) => (await realityOfBundle(bundle)).key,
});
