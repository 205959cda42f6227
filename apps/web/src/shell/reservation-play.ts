import type { Remote } from 'comlink';
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import { boardMap } from '../desk/boards.ts';
import type { Subject } from '../desk/subject.ts';
import type { ReservationMachine } from '../features/reservation/compute.ts';
import {
  type Answer,
  firstKernel,
  firstLine,
  isSameQuestion,
  type KernelName,
  kernelOr,
  type MachineFacts,
  oneLine,
  type Question,
} from '../features/reservation/model.ts';
import { ramFrom } from '../features/reservation/ram.ts';
import { type Words, wordsOf } from '../shared/words.ts';
import { type Assistant, newAssistant } from '../worker/client.ts';
import type { Lab } from './lab.ts';
import { params } from './params.ts';

/** What is played with: a line, RAM and a kernel's rules, and the last answer of the desk's machine. */
export interface Play {
  readonly question: Accessor<Question>;
  readonly setLine: (line: string) => void;
  readonly setRam: (ram: bigint | undefined) => void;
  readonly setKernel: (kernel: KernelName) => void;
  readonly facts: Accessor<MachineFacts | undefined>;
  /** The last answer; it stays while the next one is computed. */
  readonly answer: Accessor<Answer | undefined>;
  /** Whether the answer is not yet of what is asked. */
  readonly isStale: Accessor<boolean>;
  readonly failure: Accessor<Words | undefined>;
}

const PARAMS = params.reservation;

/** Starts a session; it ends with the page. */
export function createPlay({ desk, address }: Lab, create: () => Assistant = newAssistant): Play {
  const { question, change } = keptQuestion(desk.subject, address);
  const [facts, setFacts] = createSignal<MachineFacts>();
  const [answer, setAnswer] = createSignal<Answer>();
  const [isOpen, setOpen] = createSignal(false);
  const [failure, setFailure] = createSignal<Words>();
  const mapItem = createMemo(() => desk.subject().items.map);
  const logItem = createMemo(() => desk.subject().items.log);
  const board = createMemo(() => desk.subject().board);
  let session: Session | undefined;
  const open = async (subject: Subject): Promise<void> => {
    session?.end();
    setOpen(false);
    setFailure(undefined);
    const { map, log } = subject.items;
    const mine = newSession(create());
    session = mine;
    try {
      const text = map?.text ?? (await boardMap(subject.board));
      const found = await mine.open(text, await log?.logs.at(-1)?.file.text());
      if (session !== mine) return;
      setFacts(found);
      setOpen(true);
    } catch (error) {
      if (session === mine) setFailure(wordsOf(error));
    }
  };
  const ask = async (asked: Question): Promise<void> => {
    const mine = session;
    try {
      const found = await mine?.ask(asked);
      if (session === mine && found !== undefined) setAnswer(found);
    } catch (error) {
      if (session === mine) setFailure(wordsOf(error));
    }
  };
  createEffect(on([mapItem, logItem, board], () => void open(desk.subject())));
  createEffect(() => {
    const asked = question();
    if (isOpen()) void ask(asked);
  });
  onCleanup(() => session?.end());
  const isStale = (): boolean => {
    const known = answer();
    return !isOpen() || known === undefined || !isSameQuestion(known.question, question());
  };
  return {
    ...{ question, facts, answer, isStale, failure },
    setLine: (line) => change({ line: oneLine(line) }),
    setRam: (ram) => change({ ram }),
    setKernel: (kernel) => change({ kernel }),
  };
}

/** The question, as the address has it; it follows the address, and is kept there. */
function keptQuestion(
  subject: Accessor<Subject>,
  { param, setParams }: Lab['address'],
): { readonly question: Accessor<Question>; readonly change: (part: Partial<Question>) => void } {
  const fromAddress = (): Question => ({
    line: oneLine(param(PARAMS.line) ?? firstLine(subject().wishes.cmdline)),
    ram: ramFrom(param(PARAMS.ram)),
    kernel: kernelOr(param(PARAMS.kernel)),
  });
  const question = createMemo(fromAddress, undefined, { equals: isSameQuestion });
  const change = (part: Partial<Question>): void => {
    const { line, ram, kernel } = { ...question(), ...part };
    setParams(
      new Map([
        [PARAMS.line, line === firstLine(subject().wishes.cmdline) ? undefined : line],
        [PARAMS.ram, ram?.toString()],
        [PARAMS.kernel, kernel === firstKernel ? undefined : kernel],
      ]),
    );
  };
  return { question, change };
}

/** A worker with one machine in it, which is asked one thing at a time: of what is asked meanwhile the last counts. */
interface Session {
  open(map: string, log: string | undefined): Promise<MachineFacts>;
  /** Undefined where something else was asked meanwhile. */
  ask(question: Question): Promise<Answer | undefined>;
  end(): void;
}

function newSession(assistant: Assistant): Session {
  let machine: Remote<ReservationMachine> | undefined;
  let before: Promise<unknown> = Promise.resolve();
  let last: Question | undefined;
  return {
    open: async (map, log) => {
      const opened = await Promise.race([assistant.api.openMachine(map, log), assistant.died]);
      machine = opened;
      return await Promise.race([opened.facts, assistant.died]);
    },
    ask: async (question) => {
      last = question;
      const mine = before.then(async () => (last === question ? await machine?.ask(question) : undefined));
      before = mine.catch(() => {});
      return await Promise.race([mine, assistant.died]);
    },
    end: () => assistant.end(),
  };
}
