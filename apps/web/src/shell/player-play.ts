import { proxy, type Remote } from 'comlink';
import { type Accessor, batch, createEffect, createMemo, createSignal, on, onCleanup, untrack } from 'solid-js';
import { inputsOf } from '../desk/inputs.ts';
import type { Subject } from '../desk/subject.ts';
import { readWishes } from '../desk/wishes.ts';
import type { PlayerFacts, PlayerQuestion, PlayerState } from '../features/player/facts.ts';
import { rateAt } from '../features/player/model.ts';
import { type SabotageName, sabotageOf } from '../features/player/sabotages.ts';
import type { PlayerProgress, PlayerSession } from '../features/player/session.ts';
import type { StepUnit } from '../features/player/Transport.tsx';
import { type Words, wordsOf } from '../shared/words.ts';
import { type Assistant, newAssistant } from '../worker/client.ts';
import type { Lab } from './lab.ts';
import { params } from './params.ts';

/** A reboot that is played: what is known of it, where it stands, and what can be done. */
export interface Play {
  readonly question: Accessor<PlayerQuestion>;
  readonly setSabotage: (name: SabotageName | undefined) => void;
  readonly facts: Accessor<PlayerFacts | undefined>;
  /** Where the machine stands, and where it stood when something was shown before. */
  readonly state: Accessor<PlayerState | undefined>;
  readonly before: Accessor<PlayerState | undefined>;
  /** Whether what is shown is of another question. */
  readonly isStale: Accessor<boolean>;
  /** Whether it has run to its end, and any step can be gone to. */
  readonly isReady: Accessor<boolean>;
  readonly progress: Accessor<PlayerProgress | undefined>;
  readonly failure: Accessor<Words | undefined>;
  /** Ends what is being loaded; what was shown stays. */
  readonly cancel: () => void;
  readonly load: () => void;
  readonly isRunning: Accessor<boolean>;
  readonly toggle: () => void;
  readonly step: (direction: 1 | -1) => void;
  readonly goTo: (step: number) => void;
  readonly unit: Accessor<StepUnit>;
  readonly setUnit: (unit: StepUnit) => void;
  readonly speed: Accessor<number>;
  readonly setSpeed: (speed: number) => void;
}

const PARAMS = params.player;
/** Ten thousand instructions a second. */
const FIRST_SPEED = 0.5;

/** What is asked of a session: to stand at a step, or one page from it. */
type Move = { readonly to: number } | { readonly pageFrom: number; readonly direction: 1 | -1 };

/** Starts to play; it ends with the page. */
export function createPlay({ desk, address, strategy }: Lab, create: () => Assistant = newAssistant): Play {
  const sabotage = createMemo(() => sabotageOf(address.param(PARAMS.sabotage)));
  const question = (): PlayerQuestion => ({ strategy: strategy(), sabotage: sabotage() });
  const keep = (step: number): void =>
    address.setParams(new Map([[PARAMS.step, step === 0 ? undefined : String(step)]]));
  const { load, move, end, ...shown } = createSessions(
    { subject: desk.subject, question, firstStep: () => stepOf(address.param(PARAMS.step)), keep },
    create,
  );
  const wishes = createMemo(() => JSON.stringify([desk.subject().board, desk.subject().wishes]));
  createEffect(on([wishes, () => desk.subject().items, strategy, sabotage], load));
  const { state, facts } = shown;
  const runner = createRunner(() => ({ step: state()?.step ?? 0, total: facts()?.total ?? 0 }), move);
  createEffect(() => {
    if (!shown.isReady()) runner.stop();
  });
  onCleanup(end);
  const [unit, setUnit] = createSignal<StepUnit>('instruction');
  return {
    ...{ question, load, cancel: end, unit, setUnit, ...shown },
    ...{ isRunning: runner.isRunning, toggle: runner.toggle, speed: runner.speed, setSpeed: runner.setSpeed },
    setSabotage: (name) =>
      address.setParams(
        new Map([
          [PARAMS.sabotage, name],
          [PARAMS.step, undefined],
        ]),
      ),
    goTo: (step) => {
      runner.stop();
      void move({ to: step });
    },
    step: (direction) => {
      runner.stop();
      const from = state()?.step ?? 0;
      void move(unit() === 'page' ? { pageFrom: from, direction } : { to: from + direction });
    },
  };
}

/** What sessions are opened with, and who is told where they stand. */
interface SessionInputs {
  readonly subject: Accessor<Subject>;
  readonly question: Accessor<PlayerQuestion>;
  /** Where the first one begins to be shown. */
  readonly firstStep: () => number;
  readonly keep: (step: number) => void;
}

type Shown = Pick<Play, 'facts' | 'state' | 'before' | 'isStale' | 'isReady' | 'progress' | 'failure'>;

/** One session after the other: what the last one has shown stays until the next one has something to show. */
function createSessions(
  { subject, question, firstStep, keep }: SessionInputs,
  create: () => Assistant,
): Shown & { readonly load: () => void; readonly move: (asked: Move) => Promise<void>; readonly end: () => void } {
  const shown = createShown(keep);
  let session: Session | undefined;
  const end = (): void => {
    session?.end();
    session = undefined;
    shown.close();
  };
  const move = async (asked: Move): Promise<void> => {
    const mine = session;
    try {
      const found = await mine?.move(asked);
      if (session === mine && found !== undefined) shown.show(found);
    } catch (error) {
      if (session === mine) shown.setFailure(wordsOf(error));
    }
  };
  const open = async (inputs: Subject, asked: PlayerQuestion): Promise<void> => {
    end();
    const { wishes, complaints } = readWishes(inputs.wishes);
    const [wrong] = Object.entries(complaints);
    shown.setFailure(wrong && { code: 'EINVAL', message: wrong.join(': '), hint: 'correct it on the first page' });
    if (wishes === undefined) return;
    const mine = newSession(create());
    session = mine;
    shown.setProgress({ doing: 'planning', steps: 0 });
    try {
      const facts = await mine.open(await inputsOf(inputs, wishes), asked, (now) => {
        if (session === mine) shown.tell(now);
      });
      const first = await mine.move({ to: Math.min(firstStep(), facts.total) });
      if (session === mine && first !== undefined) shown.begin(facts, first);
    } catch (error) {
      if (session !== mine) return;
      end();
      shown.setFailure(wordsOf(error));
    }
  };
  const { facts, state, before, isStale, isReady, progress, failure } = shown;
  const load = (): void => void open(untrack(subject), untrack(question));
  return { facts, state, before, isStale, isReady, progress, failure, load, move, end };
}

/** What is shown of a session. */
function createShown(keep: (step: number) => void) {
  const [facts, setFacts] = createSignal<PlayerFacts>();
  const [state, setState] = createSignal<PlayerState>();
  const [before, setBefore] = createSignal<PlayerState>();
  const [shows, setShows] = createSignal<'another' | 'first' | 'any'>('another');
  const [progress, setProgress] = createSignal<PlayerProgress>();
  const [failure, setFailure] = createSignal<Words>();
  const show = (found: PlayerState): void =>
    batch(() => {
      const last = untrack(state);
      if (last?.step !== found.step) setBefore(last);
      setState(found);
      keep(found.step);
    });
  const begin = (found: PlayerFacts, first: PlayerState, has: 'first' | 'any'): void =>
    batch(() => {
      setFacts(found);
      setBefore(undefined);
      setState(first);
      setShows(has);
    });
  return {
    ...{ facts, state, before, progress, setProgress, failure, setFailure, show },
    isStale: () => shows() === 'another',
    isReady: () => shows() === 'any',
    close: () =>
      batch(() => {
        setShows('another');
        setProgress(undefined);
      }),
    /** How far it is; the first step with it, where that can be looked at already. */
    tell: ({ first, ...now }: PlayerProgress) =>
      batch(() => {
        setProgress(now);
        if (first !== undefined) begin(first.facts, first.state, 'first');
      }),
    begin: (found: PlayerFacts, first: PlayerState) =>
      batch(() => {
        begin(found, first, 'any');
        setProgress(undefined);
      }),
  };
}

/** A step of an address; 0 where there is none. */
const stepOf = (text: string | undefined): number => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0);

/** Runs on by the clock: what has been shown decides when more is asked for, so nothing piles up. */
function createRunner(
  place: () => { readonly step: number; readonly total: number },
  move: (asked: Move) => Promise<void>,
) {
  const [isRunning, setRunning] = createSignal(false);
  const [speed, setSpeed] = createSignal(FIRST_SPEED);
  let frame = 0;
  const stop = (): void => {
    cancelAnimationFrame(frame);
    setRunning(false);
  };
  const run = (): void => {
    setRunning(true);
    let last = performance.now();
    let due = 0;
    const next = async (now: number): Promise<void> => {
      due += ((now - last) / 1000) * rateAt(untrack(speed));
      last = now;
      const { step, total } = untrack(place);
      if (step >= total) return stop();
      if (due >= 1) {
        const to = Math.min(total, step + Math.floor(due));
        due = 0;
        await move({ to });
      }
      if (untrack(isRunning)) frame = requestAnimationFrame(next);
    };
    frame = requestAnimationFrame(next);
  };
  onCleanup(stop);
  return { isRunning, speed, setSpeed, stop, toggle: () => (untrack(isRunning) ? stop() : run()) };
}

/** A worker with one reboot in it, which is asked one thing at a time: of what is asked meanwhile the last counts. */
interface Session {
  open(
    inputs: Awaited<ReturnType<typeof inputsOf>>,
    question: PlayerQuestion,
    post: (progress: PlayerProgress) => void,
  ): Promise<PlayerFacts>;
  /** Undefined where something else was asked meanwhile. */
  move(asked: Move): Promise<PlayerState | undefined>;
  end(): void;
}

function newSession(assistant: Assistant): Session {
  let remote: Remote<PlayerSession> | undefined;
  let before: Promise<unknown> = Promise.resolve();
  let last: Move | undefined;
  const ask = async (asked: Move): Promise<PlayerState | undefined> => {
    if (last !== asked) return undefined;
    return 'to' in asked ? await remote?.at(asked.to) : await remote?.page(asked.pageFrom, asked.direction);
  };
  return {
    open: async (inputs, question, post) => {
      let first: PlayerFacts | undefined;
      const tell = (now: PlayerProgress): void => {
        first ??= now.first?.facts;
        post(now);
      };
      remote = await Promise.race([assistant.api.openPlayer(inputs, question, proxy(tell)), assistant.died]);
      // What is shown already stays the same objects.
      const known = first;
      if (known === undefined) return await Promise.race([remote.facts, assistant.died]);
      return { ...known, ...(await Promise.race([remote.run, assistant.died])) };
    },
    move: async (asked) => {
      last = asked;
      const mine = before.then(() => ask(asked));
      before = mine.catch(() => {});
      return await Promise.race([mine, assistant.died]);
    },
    end: () => assistant.end(),
  };
}
