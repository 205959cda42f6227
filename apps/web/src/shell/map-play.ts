import { proxy, type Remote } from 'comlink';
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import { inputsOf } from '../desk/inputs.ts';
import { type Failure, failureOf } from '../features/failure/model.ts';
import type { MachineMap, MapMachine, Origin, PlanMap, RehearsedRun } from '../features/map/compute.ts';
import { type Assistant, newAssistant } from '../worker/client.ts';
import type { Lab } from './lab.ts';

/** What the worker is at; it is the words that are shown. */
export type Work = 'reading the map' | 'planning and proving' | 'rehearsing';

/** A machine's map, the plan on it, and its rehearsal. */
export interface MapPlay {
  /** The machine of the desk; the one before stays until it is there. */
  readonly machine: Accessor<MachineMap | undefined>;
  readonly plan: Accessor<PlanMap | undefined>;
  /** Whether machine or plan are of before. */
  readonly isStale: Accessor<boolean>;
  readonly work: Accessor<Work | undefined>;
  readonly runs: Accessor<readonly RehearsedRun[]>;
  /** Why there is no plan, or no map. */
  readonly failure: Accessor<Failure | undefined>;
  /** Whether the saved plan on the desk is shown, not one of the strategy. */
  readonly isSaved: Accessor<boolean>;
  readonly setSaved: (saved: boolean) => void;
  readonly rehearse: (thorough: boolean) => void;
  /** Ends what the worker is at; what is shown stays. */
  readonly cancel: () => void;
  /** Begins again after a cancel. */
  readonly again: () => void;
}

/** The parameter of a link that says that the plan is of the strategy although a saved one lies on the desk. */
const PLAN = 'plan';

interface Session {
  readonly assistant: Assistant;
  machine?: Remote<MapMachine>;
}

/** Starts a session; it ends with the page. */
export function createMapPlay({ desk, address, strategy }: Lab, create: () => Assistant = newAssistant): MapPlay {
  const [machine, setMachine] = createSignal<MachineMap>();
  const [plan, setPlan] = createSignal<PlanMap>();
  const [isStale, setStale] = createSignal(true);
  const [work, setWork] = createSignal<Work>();
  const [runs, setRuns] = createSignal<readonly RehearsedRun[]>([]);
  const [failure, setFailure] = createSignal<Failure>();
  const saved = createMemo(() => desk.subject().items.plan);
  const isSaved = (): boolean => saved() !== undefined && address.param(PLAN) !== 'strategy';
  let session: Session | undefined;

  const end = (): void => {
    session?.assistant.end();
    session = undefined;
    setWork(undefined);
  };
  /** Does a piece of work in the session that is there; what comes of an ended one is nobody's. */
  const during = async (name: Work, mine: Session, task: () => Promise<void>): Promise<void> => {
    setWork(name);
    setFailure(undefined);
    try {
      await Promise.race([task(), mine.assistant.died]);
    } catch (error) {
      if (session === mine) setFailure(failureOf(error));
    } finally {
      if (session === mine) setWork(undefined);
    }
  };
  const open = async (): Promise<void> => {
    end();
    const wishes = desk.wishes();
    if (wishes === undefined) return;
    setStale(true);
    const mine: Session = { assistant: create() };
    session = mine;
    await during('reading the map', mine, async () => {
      const opened = await mine.assistant.api.openMap(await inputsOf(desk.subject(), wishes));
      const found = await opened.map;
      if (session !== mine) return;
      mine.machine = opened;
      setMachine(found);
    });
    await make();
  };
  const make = async (): Promise<void> => {
    const mine = session;
    if (mine?.machine === undefined) return;
    const item = saved();
    const origin: Origin = isSaved() && item !== undefined ? { saved: item } : { strategy: strategy() };
    setStale(true);
    setRuns([]);
    await during('planning and proving', mine, async () => {
      const made = await mine.machine?.plan(origin);
      if (session !== mine || made === undefined) return;
      setPlan(made);
      setStale(false);
    });
    if (session === mine && failure() !== undefined) setPlan(undefined);
  };
  const rehearse = async (thorough: boolean): Promise<void> => {
    const mine = session;
    if (mine?.machine === undefined) return;
    setRuns([]);
    const tell = (run: RehearsedRun): void => {
      if (session === mine) setRuns((before) => [...before, run]);
    };
    await during('rehearsing', mine, async () => await mine.machine?.rehearse(thorough, proxy(tell)));
  };
  const others = createMemo(() => {
    const { board, items, wishes } = desk.subject();
    return [
      board,
      JSON.stringify({ ...wishes, strategy: '' }),
      items.map,
      items.kernel,
      items.initrd,
      items.dtb,
    ] as const;
  });
  createEffect(
    on([() => others()[0], () => others()[1], ...[2, 3, 4, 5].map((at) => () => others()[at])], () => void open()),
  );
  createEffect(on([strategy, isSaved, saved], () => void restart(), { defer: true }));
  const restart = async (): Promise<void> => {
    // What is being planned is not asked for any more.
    if (work() !== undefined || session === undefined) await open();
    else await make();
  };
  onCleanup(end);
  return {
    ...{ machine, plan, isStale, work, runs, failure, isSaved },
    setSaved: (wanted) => address.setParams(new Map([[PLAN, wanted ? undefined : 'strategy']])),
    rehearse: (thorough) => void rehearse(thorough),
    cancel: end,
    again: () => void open(),
  };
}
