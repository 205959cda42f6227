import type { StrategyName } from '@kexeckit/relocation';
import { type ProxyMarked, proxy, transfer } from 'comlink';
import type { RebootInputs } from '../desk/inputs.ts';
import type { Recognised } from '../desk/recognise.ts';
import type { DeskFile } from '../desk/subject.ts';
import type { LogSession } from '../features/evidence/compute.ts';
import type { RolloutSession } from '../features/fleet/session.ts';
import type { LiveFiles } from '../features/live/request.ts';
import type { MapMachine } from '../features/map/compute.ts';
import type { PlayerQuestion } from '../features/player/facts.ts';
import type { PlayerProgress, PlayerSession } from '../features/player/session.ts';
import type { ReservationMachine } from '../features/reservation/compute.ts';
import type { TableDump } from '../features/tables/model.ts';
import type { TableSession } from '../features/tables/session.ts';
import type { Source } from '../features/tables/source.ts';
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

  /** The memory map of a reboot as a picture that stands alone. */
  async mapPicture(inputs: RebootInputs, strategy: StrategyName, title: string): Promise<string> {
    const { mapPicture } = await import('../features/report/compute.ts');
    return await mapPicture(inputs, strategy, title);
  },

  /** Opens a session that reads logs; they are kept here, to be asked about. */
  async openLogs(): Promise<LogSession & ProxyMarked> {
    const { openLogs } = await import('../features/evidence/compute.ts');
    const logs = openLogs();
    const read: LogSession['read'] = async (name, file, post) => {
      const evidence = await logs.read(name, file, post);
      const { loads, told, index } = evidence;
      return transfer(evidence, [loads.buffer, told.buffer, index.starts.buffer]);
    };
    return proxy({ ...logs, read });
  },

  /** Makes the tables of a source. @throws what `dumpOf` throws */
  async dumpTables(source: Source, inputs: RebootInputs | undefined): Promise<TableDump> {
    const { dumpOf } = await import('../features/tables/dump.ts');
    const dump = await dumpOf(source, inputs);
    return transfer(dump, [dump.words.buffer, dump.pages.buffer]);
  },

  /** Opens tables; they are kept here, to be asked about. */
  async openTables(dump: TableDump): Promise<TableSession & ProxyMarked> {
    const { openTables } = await import('../features/tables/session.ts');
    return proxy(openTables(dump));
  },

  /** Makes a machine whose map is drawn; it is kept here, to plan, prove and rehearse on. @throws IoportError */
  async openMap(inputs: RebootInputs): Promise<MapMachine & ProxyMarked> {
    const { buffersOf, machineBuffers, openMap } = await import('../features/map/compute.ts');
    const machine = await openMap(inputs);
    const handingOver: MapMachine = {
      ...machine,
      map: transfer(machine.map, machineBuffers(machine.map)),
      plan: async (origin) => {
        const plan = await machine.plan(origin);
        return transfer(plan, buffersOf(plan));
      },
    };
    return proxy(handingOver);
  },

  /** Reads statuses of rollouts; the last one is kept here, to be asked about hosts. */
  async openRollout(): Promise<RolloutSession & ProxyMarked> {
    const { RolloutSession: sessions } = await import('../features/fleet/session.ts');
    return proxy(new sessions());
  },

  /** The files of a reboot whose kernel is generated. */
  async generatedFiles(inputs: RebootInputs): Promise<LiveFiles> {
    const { generatedFiles } = await import('../features/live/compute.ts');
    return generatedFiles(inputs);
  },

  /** Plans, proves and runs every strategy; what is found is posted on the way. */
  async run(request: RunRequest, post: (message: RunMessage) => void): Promise<void> {
    const { compute } = await import('./compute.ts');
    await compute(request, post);
  },
};

/** What can be asked of a worker. */
export type WorkerApi = typeof api;
