import { coverLetterWorkload, reboot, SimulatedMachine, type Step } from '@kexeckit/reboot';
import { type StrategyName, strategies } from '@kexeckit/relocation';
import { failureOf } from './model/failure.ts';
import { machineView, resultOf } from './model/result.ts';
import type { LabMessage, LabRequest } from './protocol.ts';

/** The steps that a reboot reports, in their order. */
const steps: readonly Step[] = ['inputs', 'plan', 'load', 'prove', 'relocation'];

/** Plans, proves and runs every strategy on the simulated machine, and posts what the page draws. */
export async function compute(request: LabRequest, post: (message: LabMessage) => void): Promise<void> {
  let current: StrategyName = request.first;
  try {
    const machine = new SimulatedMachine({ exceptionLevel: request.exceptionLevel });
    const { iomem } = await machine.describe();
    post({ type: 'machine', view: machineView(iomem) });
    const workload = coverLetterWorkload();
    const order = [request.first, ...strategies.map(({ name }) => name).filter((name) => name !== request.first)];
    const total = order.length * steps.length;
    for (const [index, strategy] of order.entries()) {
      current = strategy;
      const report = await reboot(
        machine,
        { ...workload, cmdline: 'console=ttyS0', strategy, seed: request.seed },
        {
          onEvent: (event) => {
            if (event.type !== 'step') return;
            const done = index * steps.length + steps.indexOf(event.step);
            post({ type: 'progress', progress: { strategy, step: event.step, done, total } });
          },
        },
      );
      post({ type: 'result', result: resultOf(iomem, report) });
    }
    post({ type: 'done' });
  } catch (error) {
    post({ type: 'failed', failure: failureOf(error, current) });
  }
}
