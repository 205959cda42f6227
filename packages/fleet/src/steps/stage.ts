import type { HostRun } from './host-run.ts';

/**
 * Loads the next kernel: the host compares the plan of its class with what it is, proves it, and takes it. It can still be discarded.
 *
 * @throws FleetError ESTALE where the host is not what the plan was made for.
 */
export async function stage({ agent, document, host, hostClass }: HostRun, signal?: AbortSignal): Promise<void> {
  const { kernel, initrd, dtb } = document.next;
  const files = [kernel, initrd, dtb, hostClass.plan].filter((file) => file !== undefined);
  await agent.install(host, files, signal);
  await agent.stage(host, document.next, hostClass.plan, signal);
}
