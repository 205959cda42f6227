import { reboot } from '@kexeckit/reboot';
import { machineOf, requestOf } from '../desk/asked.ts';
import { progressAt } from '../features/desk/model.ts';
import { failureOf } from '../features/failure/model.ts';
import { machineMarks } from '../features/map/model/marks.ts';
import { startingWith } from '../features/strategies/model.ts';
import type { RunMessage, RunRequest } from './protocol.ts';
import { resultOf } from './result.ts';

/** Plans, proves and runs every strategy on the simulated machine, and posts what the page draws. */
export async function compute({ inputs, first }: RunRequest, post: (message: RunMessage) => void): Promise<void> {
  try {
    const machine = machineOf(inputs);
    post({ type: 'machine', marks: machineMarks(await machine.describe()) });
    const order = startingWith(first);
    for (const strategy of order) {
      try {
        const report = await reboot(machine, requestOf(inputs, strategy), {
          onEvent: (event) => {
            if (event.type !== 'phase') return;
            post({ type: 'progress', progress: progressAt(order, strategy, event.phase) });
          },
        });
        post({ type: 'result', result: resultOf(report) });
      } catch (error) {
        post({ type: 'refused', strategy, failure: failureOf(error, strategy) });
      }
    }
    post({ type: 'done' });
  } catch (error) {
    post({ type: 'failed', failure: failureOf(error) });
  }
}
