import { proxy, type Remote } from 'comlink';
import { type Accessor, batch, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import { inputsOf } from '../desk/inputs.ts';
import type { Subject } from '../desk/subject.ts';
import { type Failure, failureOf } from '../features/failure/model.ts';
import type { MapMachine, Origin, PlanMap, RehearsedRun } from '../features/map/compute.ts';
import type { MachineOnMap } from '../features/map/look.ts';
import { unpackMarks, unpackRows } from '../features/map/model/packed.ts';
import { type Assistant, newAssistant } from '../worker/client.ts';
import type { Lab } from './lab.ts';
import { params } from './params.ts';

/** What the worker is at; it is the words that are shown. */
export type Work = 'reading the map' | 'planning and proving' | 'rehearsing';

/** A machine's map, the plan on it, and its rehearsal. */
export interface MapPlay {
  /** The machine of the desk; the one before stays until it is there. */
  readonly machine: Accessor<MachineOnMap | undefined>;
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

/** Says that the plan is of the strategy although a saved one lies on the desk. */
const PLAN = params.map.plan;

interface Session {
  readonly assistant: Assistant;
  machine?: Remote<MapMachine>;
}

/** Does a piece of work in the session that is there; what comes of one that has ended is nobody's. */
type During = (name: Work, task: (mine: Session) => Promise<void>) => Promise<boolean>;

/** One worker at a time, and what it is at. */
interface Sessions {
  readonly work: Accessor<Work | undefined>;
  readonly failure: Accessor<Failure | undefined>;
  readonly current: () => Session | undefined;
  readonly begin: () => void;
  readonly end: () => void;
  /** Whether it came to its end. */
  readonly during: During;
}

function createSessions(create: () => Assistant): Sessions {
  const [work, setWork] = createSignal<Work>();
  const [failure, setFailure] = createSignal<Failure>();
  let session: Session | undefined;
  const end = (): void => {
    session?.assistant.end();
    session = undefined;
    setWork(undefined);
  };
  const during: During = async (name, task) => {
    const mine = session;
    if (mine === undefined) return false;
    setWork(name);
    setFailure(undefined);
    try {
      await Promise.race([task(mine), mine.assistant.died]);
      return session === mine;
    } catch (error) {
      if (session === mine) setFailure(failureOf(error));
      return false;
    } finally {
      if (session === mine) setWork(undefined);
    }
  };
  return {
    ...{ work, failure, end, during },
    current: () => session,
    begin: () => {
      end();
      session = { assistant: create() };
    },
  };
}

/** Starts a session; it ends with the page. */
export function createMapPlay({ desk, address, strategy }: Lab, create: () => Assistant = newAssistant): MapPlay {
  const [machine, setMachine] = createSignal<MachineOnMap>();
  const [plan, setPlan] = createSignal<PlanMap>();
  const [isStale, setStale] = createSignal(true);
  const [runs, setRuns] = createSignal<readonly RehearsedRun[]>([]);
  const { work, failure, current, begin, end, during } = createSessions(create);
  const saved = createMemo(() => desk.subject().items.plan);
  const isSaved = createMemo(() => saved() !== undefined && address.param(PLAN) !== 'strategy');

  const open = async (): Promise<void> => {
    end();
    setStale(true);
    const wishes = desk.wishes();
    if (wishes === undefined) return;
    begin();
    const isOpen = await during('reading the map', async (mine) => {
      const opened = await mine.assistant.api.openMap(await inputsOf(desk.subject(), wishes));
      const packed = await opened.map;
      const found = { marks: unpackMarks(packed.marks), resources: unpackRows(packed.resources) };
      if (current() !== mine) return;
      mine.machine = opened;
      batch(() => {
        // A plan of another map would be drawn where it never was.
        if (!isSameMap(machine(), found)) setPlan(undefined);
        setMachine(found);
      });
    });
    if (isOpen) await make();
  };
  const make = async (): Promise<void> => {
    const item = saved();
    const origin: Origin = isSaved() && item !== undefined ? { saved: item } : { strategy: strategy() };
    setStale(true);
    setRuns([]);
    await during('planning and proving', async (mine) => {
      const made = await mine.machine?.plan(origin);
      if (current() !== mine || made === undefined) return;
      setPlan(made);
      setStale(false);
    });
  };
  const rehearse = async (thorough: boolean): Promise<void> => {
    setRuns([]);
    await during('rehearsing', async (mine) => {
      const tell = (run: RehearsedRun): void => {
        if (current() === mine) setRuns((before) => [...before, run]);
      };
      await mine.machine?.rehearse(thorough, proxy(tell));
    });
  };
  /** Everything but strategy and saved plan: another one is another machine. */
  const inputs = createMemo(() => inputsText(desk.subject()));
  const files = [...machineFiles].map((place) => createMemo(() => desk.subject().items[place]));
  createEffect(on([inputs, ...files], () => void open()));
  const again = async (): Promise<void> => {
    // What is being planned is not asked for any more.
    if (work() !== undefined || current()?.machine === undefined) await open();
    else await make();
  };
  createEffect(on([strategy, isSaved, saved], () => void again(), { defer: true }));
  onCleanup(end);
  return {
    ...{ machine, plan, isStale, work, runs, failure, isSaved },
    setSaved: (wanted) => address.setParams(new Map([[PLAN, wanted ? undefined : 'strategy']])),
    rehearse: (thorough) => void rehearse(thorough),
    cancel: end,
    again: () => void again(),
  };
}

const isSameMap = (before: MachineOnMap | undefined, { resources }: MachineOnMap): boolean =>
  before?.resources.length === resources.length &&
  resources.every(({ name, start, end }, at) => {
    const was = before.resources[at];
    return was?.name === name && was.start === start && was.end === end;
  });

const machineFiles = ['map', 'kernel', 'initrd', 'dtb', 'profile'] as const;

const inputsText = ({ board, wishes }: Subject): string => JSON.stringify([board, { ...wishes, strategy: '' }]);
