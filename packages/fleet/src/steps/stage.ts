import { FleetError } from '../error.ts';
import { type HostRun, LOOK_MS } from './host-run.ts';

/**
 * Loads the next kernel: the host compares the plan of its class with what it is, proves it, and takes it. It can still be discarded.
 *
 * @throws FleetError ESTALE where the host is not what the plan was made for.
 */
export async function stage(run: HostRun, signal?: AbortSignal): Promise<void> {
  const { agent, document, host, hostClass } = run;
  const { kernel, initrd, dtb } = document.next;
  const files = [kernel, initrd, dtb, hostClass.plan].filter((file) => file !== undefined);
  await agent.install(host, files, signal);
  await run.fence();
  await inTurn(run, () => agent.stage(host, document.next, hostClass.plan, signal), signal);
}

/**
 * An earlier try, whose worker died or whose connection broke, may have loaded an image, or be at it still: that goes on without whoever
 * has asked for it. It is waited for, and taken back.
 */
async function inTurn({ agent, clock, document, host }: HostRun, load: () => Promise<void>, signal?: AbortSignal) {
  for (const until = clock.now() + document.policy.stepLimitMs; ; await clock.sleep(LOOK_MS, signal)) {
    try {
      return await load();
    } catch (error) {
      if (!isBusy(error) || clock.now() >= until) throw error;
    }
    try {
      await agent.discard(host, signal);
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
  }
}

const isBusy = (error: unknown): boolean => error instanceof FleetError && error.code === 'EBUSY';
