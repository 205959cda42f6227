import type { HostEntry } from '@kexeckit/rollout';
import { runChild } from './child.ts';
import { Running } from './running.ts';
import type { RunRequest, RunResult, Transport } from './transport.ts';

/** This machine itself: programs run here, without a shell. The address of a host means nothing to it. */
export class LocalTransport implements Transport {
  readonly name = 'local';
  readonly #running = new Running();

  async run(host: HostEntry, request: RunRequest): Promise<RunResult> {
    const [program, ...args] = request.argv;
    return await this.#running.run(request, (signal) =>
      runChild({ ...request, program, args, host: host.name, signal }),
    );
  }

  async close(): Promise<void> {
    await this.#running.close();
  }
}
