import type { StrategyName } from '@kexeckit/relocation';
import { type ProxyMarked, proxy } from 'comlink';
import type { RebootInputs } from '../desk/inputs.ts';
import type { Recognised } from '../desk/recognise.ts';
import type { DeskFile } from '../desk/subject.ts';
import type { PlayerQuestion } from '../features/player/facts.ts';
import type { PlayerProgress, PlayerSession } from '../features/player/session.ts';
import type { ReservationMachine } from '../features/reservation/compute.ts';
import type { RunMessage, RunRequest } from './protocol.ts';

/** What a worker does for the page; a part is loaded when it is first asked for. */
export const api = {
  /** Says what files are, one after the other. */
  async recognise(files: readonly DeskFile[]): Promise<readonly Recognised[]> {
    const { recognise } = await import('../desk/recognise.ts');
    const found: Recognised[] = [];
    for (const file of files) found.push(await recognise(file));
    return found;
  },

  /** Reads a machine's map, and its kernel's log, once; it is kept here, to be asked about lines. @throws IoportError */
  async openMachine(map: string, log: string | undefined): Promise<ReservationMachine & ProxyMarked> {
    const { openMachine } = await import('../features/reservation/compute.ts');
    return proxy(openMachine(map, log));
  },

  /** Plans, proves, breaks where asked to, and runs a reboot; it is kept here, to be looked at after any step. */
  async openPlayer(
    inputs: RebootInputs,
    question: PlayerQuestion,
    post: (progress: PlayerProgress) => void,
  ): Promise<PlayerSession & ProxyMarked> {
    const { PlayerSession: sessions } = await import('../features/player/session.ts');
    return proxy(await sessions.open(inputs, question, post));
  },

  /** The plan of a reboot as the text of a file. */
  async planText(inputs: RebootInputs, strategy: StrategyName): Promise<string> {
    const { planText } = await import('../features/report/compute.ts');
    return await planText(inputs, strategy);
  },

  /** Plans, proves and runs every strategy; what is found is posted on the way. */
  async run(request: RunRequest, post: (message: RunMessage) => void): Promise<void> {
    const { compute } = await import('./compute.ts');
    await compute(request, post);
  },
};

/** What can be asked of a worker. */
export type WorkerApi = typeof api;
