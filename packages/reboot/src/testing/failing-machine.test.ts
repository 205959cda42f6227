import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RebootError } from '../error.ts';
import type { Machine } from '../machine/machine.ts';
import type { Arrival } from '../machine/report.ts';
import { type PhaseName, phaseOrder, phases } from '../phases.ts';
import type { RebootPlan } from '../plan/plan.ts';
import { proveReboot, type RebootJob, reboot, stageReboot } from '../road/reboot.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import type { RebootEvent } from '../watch.ts';
import { generateWorkload } from '../workload.ts';
import { type Failing, FailingMachine } from './failing-machine.ts';

const request = {
  ...generateWorkload(200_000, 100_000, 3),
  cmdline: 'console=ttyS0',
  strategy: 'mmu-on',
  seed: 1,
} as const;

/** Timers that were set and neither came nor were cleared. */
const timers = new Set<unknown>();

beforeEach(() => {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  timers.clear();
  vi.stubGlobal('setTimeout', (work: () => void, milliseconds: number) => {
    const timer = set(() => {
      timers.delete(timer);
      work();
    }, milliseconds);
    timers.add(timer);
    return timer;
  });
  vi.stubGlobal('clearTimeout', (timer: NodeJS.Timeout | undefined) => {
    timers.delete(timer);
    clear(timer);
  });
});
afterEach(() => void vi.unstubAllGlobals());

interface Failure {
  readonly error: RebootError;
  readonly inner: SimulatedMachine;
}

/** Reboots, and checks that nothing is left of it but the error. */
async function failOn(
  make: (inner: SimulatedMachine) => { machine: Machine<Arrival>; job: RebootJob },
  onEvent: (event: RebootEvent, stop: AbortController) => void = () => {},
  inner = new SimulatedMachine(),
): Promise<Failure> {
  const { machine, job } = make(inner);
  const stop = new AbortController();
  const watch = { rehearse: true, signal: stop.signal, onEvent: (event: RebootEvent) => onEvent(event, stop) };
  const error = await reboot(machine, job, watch).then(
    () => expect.unreachable('it did not fail'),
    (thrown: RebootError) => thrown,
  );
  expect(await machine.staged()).toBeUndefined();
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  expect(timers.size).toBe(0);
  return { error, inner };
}

const machineFailing = (phase: PhaseName, how: Failing) => (inner: SimulatedMachine) => ({
  machine: new FailingMachine(inner, phases[phase], how),
  job: request,
});

/** Phases that a machine fails in; the others are ours. */
const ofMachines = ['describe', 'stage', 'quiesce', 'shutdown', 'relocation', 'checksum', 'startup'] as const;

describe('a machine that fails leaves nothing behind', () => {
  test.each(ofMachines)('in phase %s', async (phase) => {
    const { error, inner } = await failOn(machineFailing(phase, 'throws'));
    expect(error).toMatchObject({ code: 'EIO', phase: phases[phase] });
    expect(await inner.staged()).toBeUndefined();
    // The machine behind it is as it was: it can be used.
    expect((await reboot(inner, request)).ending.destinations).toHaveLength(3);
  });

  test.each(['describe', 'stage', 'quiesce'] as const)('cancelled while it hangs in phase %s', async (phase) => {
    const { error } = await failOn(machineFailing(phase, 'hangs'), (event, stop) => {
      if (event.type === 'phase' && event.phase === phase) setTimeout(() => stop.abort('enough'), 20);
    });
    expect(error).toMatchObject({ code: 'ECANCELED', phase: phases[phase] });
  });
});

describe('our own phases leave nothing behind', () => {
  /** A saved plan with something wrong in it. */
  const tampered = async (change: (plan: RebootPlan) => RebootPlan): Promise<RebootJob> => {
    const { plan } = await proveReboot(new SimulatedMachine(), request);
    return { plan: change(plan), files: request };
  };
  const jobs: Readonly<Record<string, () => Promise<RebootJob>>> = {
    inputs: async () => ({ ...request, seed: 0.5 }),
    plan: async () => ({ ...request, initrd: new Uint8Array(2 ** 28), strategy: 'reserved', reserve: '16M' }),
    load: () =>
      tampered((plan) => {
        const controlPages = plan.stage.controlPages.map((page) => ({ ...page, bytes: page.bytes.subarray(8) }));
        return { ...plan, stage: { ...plan.stage, controlPages } };
      }),
    prove: () =>
      tampered((plan) => {
        const [routine, ...others] = plan.stage.controlPages;
        if (routine === undefined) return expect.unreachable('a plan has a routine');
        const bytes = routine.bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte));
        return { ...plan, stage: { ...plan.stage, controlPages: [{ ...routine, bytes }, ...others] } };
      }),
  };

  test.each(Object.keys(jobs))('a failure in phase %s', async (phase) => {
    const job = (await jobs[phase]?.()) ?? expect.unreachable();
    let last: PhaseName | undefined;
    await failOn(
      (machine) => ({ machine, job }),
      (event) => {
        if (event.type === 'phase') last = event.phase;
      },
    );
    expect(last).toBe(phase);
  });
});

describe('whoever watches may fail too', () => {
  const announced = phaseOrder.filter(({ undoable, name }) => undoable || name === phases.relocation.name);

  test.each(announced)('at the announcement of $name', async ({ name }) => {
    const { error } = await failOn(
      (machine) => ({ machine, job: request }),
      (event) => {
        if (event.type === 'phase' && event.phase === name) throw new Error('the watcher fails');
      },
    );
    expect(error.message).toBe('the watcher fails');
  });

  test.each(['planned', 'proved', 'rehearsed', 'committing'] as const)('at the event %s', async (type) => {
    const { error } = await failOn(
      (machine) => ({ machine, job: request }),
      (event) => {
        if (event.type === type) throw new Error('the watcher fails');
      },
    );
    expect(error.message).toBe('the watcher fails');
  });
});

describe('a deaf machine', () => {
  test('is left behind when the time of its phase is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { describe: phase } = phases;
      const machine = new FailingMachine(new SimulatedMachine(), phase, 'deaf');
      const failed = stageReboot(machine, request).catch((error: RebootError) => error);
      await vi.advanceTimersByTimeAsync(phase.limit * 1000 - 1);
      expect(await Promise.race([failed, 'waiting'])).toBe('waiting');
      // The work gets half a second to end by itself.
      await vi.advanceTimersByTimeAsync(501);
      expect(await failed).toMatchObject({ code: 'ETIMEDOUT', phase });
    } finally {
      vi.useRealTimers();
    }
  });

  test('is left behind when it is cancelled; what it stages after that is discarded', async () => {
    const inner = new SimulatedMachine();
    const machine = new FailingMachine(inner, phases.stage, 'deaf');
    const { error } = await failOn(
      () => ({ machine, job: request }),
      (event, stop) => {
        if (event.type === 'phase' && event.phase === phases.stage.name) setTimeout(() => stop.abort('enough'), 20);
      },
      inner,
    );
    expect(error).toMatchObject({ code: 'ECANCELED', phase: phases.stage });
    expect(await inner.staged()).toBeDefined();
    machine.release();
    await vi.waitFor(async () => {
      expect(await machine.staged()).toBeUndefined();
      expect(await inner.staged()).toBeUndefined();
    });
  });
});
