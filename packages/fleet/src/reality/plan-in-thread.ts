import { parentPort, workerData } from 'node:worker_threads';
import { reasonFor } from './plan-failure.ts';
import { type PlanTask, planFor } from './plan-task.ts';

/** Plans one class in the thread that this is. Whoever has started it sends a PlanTask, and trusts what comes back as itself. */
export async function planInThread(): Promise<void> {
  const task: PlanTask = workerData;
  try {
    parentPort?.postMessage({ outcome: await planFor(task) });
  } catch (error) {
    parentPort?.postMessage({ failure: reasonFor(error) });
  }
}
