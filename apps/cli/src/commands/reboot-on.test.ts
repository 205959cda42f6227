import {
  type Ending,
  generateWorkload,
  type Machine,
  phases,
  RebootError,
  SimulatedMachine,
  type Staged,
} from '@kexeckit/reboot';
import { expect, test } from 'vitest';
import type { Context } from '../context.ts';
import type { MadeMachine } from '../machines/kind.ts';
import { plainPage } from '../render/page.ts';
import { rebootOn } from './reboot-on.ts';

const job = { ...generateWorkload(100_000, 50_000, 3), cmdline: 'quiet', strategy: 'mmu-on', seed: 1 } as const;
const options = { label: 'x', rehearse: 'no' } as const;

const refused = (what: string): RebootError => new RebootError('EPERM', what, 'see dmesg', { phase: phases.quiesce });

/** A machine that does not come to rest, and lets go only when it is allowed to. */
function stubborn() {
  const inner = new SimulatedMachine();
  let [staged, failure]: [Staged<Ending> | undefined, Error | undefined] = [undefined, undefined];
  const state = { letsGo: false, attempts: 0 };
  const discard = async (): Promise<void> => {
    state.attempts += 1;
    if (!state.letsGo) {
      failure = refused('it is not unloaded');
      throw failure;
    }
    staged = undefined;
  };
  const machine: Machine<Ending> = {
    ...{ name: 'stubborn', rehearses: false },
    describe: () => inner.describe(),
    stage: async (reboot) => {
      const quiesce = async (): Promise<never> => {
        throw refused('it does not rest');
      };
      staged = { ...(await inner.stage(reboot)), quiesce, discard };
      return staged;
    },
    staged: async () => staged,
  };
  return { machine, state, settled: async () => failure };
}

function contextWith(signal: AbortSignal): { context: Context; said: string[]; holds: Promise<void> } {
  const said: string[] = [];
  let tell = (): void => {};
  const holds = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const err = (text: string): void => {
    said.push(text);
    if (/holding/.test(text)) tell();
  };
  const io = { out: () => {}, err, page: plainPage, errPage: plainPage, isTerminal: false, signal };
  return { context: { io, args: [], hold: undefined, phase: undefined }, said, holds };
}

/** As it holds in this process; asked to end, it tries. */
function keeperOf() {
  let resolve = (): void => {};
  const ended = new Promise<void>((settle) => {
    resolve = settle;
  });
  const keep = async (left: Staged<Ending>) => ({
    ended,
    end: async () => {
      await left.discard();
      resolve();
    },
  });
  return keep;
}

test('a reboot whose image the kernel does not let go of holds its pages until it does', async () => {
  const { machine, state, settled } = stubborn();
  const stop = new AbortController();
  const { context, said, holds } = contextWith(stop.signal);
  let hasEnded = false;
  const keep = keeperOf();
  const endsHere: MadeMachine['endsHere'] = { forPanic: () => undefined, settled, keep };
  const rebooting = rebootOn({ machine, endsHere }, job, options, context).finally(() => {
    hasEnded = true;
  });
  rebooting.catch(() => {});
  await holds;
  expect(said.join('')).toMatch(/still loaded \(it is not unloaded\).*goes on holding its pages/);
  expect(hasEnded).toBe(false);
  state.letsGo = true;
  stop.abort(new Error('stopped'));
  await expect(rebooting).rejects.toMatchObject({
    message: expect.stringMatching(/it does not rest; what was staged/),
  });
  expect([state.attempts, await machine.staged()]).toEqual([2, undefined]);
});

test('why a plan is not saved is told, also where what was staged stays', async () => {
  const { machine, settled } = stubborn();
  const { context } = contextWith(new AbortController().signal);
  const endsHere = { forPanic: () => undefined, settled, keep: async () => undefined };
  const saved = { ...options, savePlan: '/dev/null/plan' };
  await expect(rebootOn({ machine, endsHere }, job, saved, context)).rejects.toMatchObject({
    message: expect.stringMatching(/\/dev\/null\/plan.*; what was staged could not be discarded: it is not unloaded/),
  });
});

test.each([
  ['everything was undone', true],
  ['it needs no page of this process', false],
])('nobody is kept waiting where %s', async (_, letsGo) => {
  const { machine, state, settled } = stubborn();
  state.letsGo = letsGo;
  const { context, said } = contextWith(new AbortController().signal);
  const endsHere = { forPanic: () => undefined, settled, keep: async () => undefined };
  await expect(rebootOn({ machine, endsHere }, job, options, context)).rejects.toMatchObject({
    message: expect.stringMatching(/it does not rest/),
  });
  expect(said.join('')).not.toMatch(/holding/);
});
