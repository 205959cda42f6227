import type { HostEntry, TroubleCode } from '@kexeckit/rollout';
import { FleetError } from '../error.ts';
import type { RunRequest, RunResult, Transport } from '../transport/transport.ts';
import { FarmClient } from './client.ts';
import { type Frame, responseOf, type WireRequest } from './wire.ts';

/** What reaches hosts of a farm. */
export interface SimulatedOptions {
  /** The address of the farm, as its program prints it. */
  readonly address: string;
  /** The name of the worker, by which cuts know it. */
  readonly worker: string;
}

const troubleCodes = [
  ...(['EACCES', 'EIO', 'EMSGSIZE', 'ETIMEDOUT', 'ECONNREFUSED', 'EHOSTUNREACH', 'EKEYREJECTED'] as const),
] satisfies readonly TroubleCode[];

const CONTROL = /[\p{Cc}\p{Cf}]+/gu;
const STDERR_MOST = 4096;

/** The transport to simulated hosts. */
export class SimulatedTransport implements Transport {
  readonly name = 'simulated';
  readonly #client: FarmClient;
  readonly #worker: string;

  constructor({ address, worker }: SimulatedOptions) {
    this.#client = new FarmClient(address);
    this.#worker = worker;
  }

  async run(host: HostEntry, { argv, stdin, limitMs, maxBytes, keepsEnd, signal }: RunRequest): Promise<RunResult> {
    if (signal?.aborted) throw canceled(host, signal);
    const name = host.address ?? host.name;
    const request: WireRequest = {
      do: 'run',
      worker: this.#worker,
      host: name,
      argv,
      stdin: stdin !== undefined,
      limitMs,
      maxBytes: keepsEnd ? HUGE : maxBytes,
    };
    const frame = await unlessAborted(this.#client.ask(request, stdin), host, signal);
    const result = resultOf(host, frame);
    return keepsEnd ? { ...result, stdout: result.stdout.subarray(-maxBytes) } : result;
  }

  async close(): Promise<void> {
    this.#client.close();
  }
}

/** Bytes of what is cut here, and not in the farm. */
const HUGE = 2 ** 30;

/** The program of the host goes on where the worker waits no longer. */
function unlessAborted(asked: Promise<Frame>, host: HostEntry, signal: AbortSignal | undefined): Promise<Frame> {
  if (signal === undefined) return asked;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(canceled(host, signal));
    signal.addEventListener('abort', stop, { once: true });
    asked.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function resultOf(host: HostEntry, frame: Frame): RunResult {
  const response = responseOf(frame);
  if ('trouble' in response) {
    const code = troubleCodes.find((known) => known === response.trouble) ?? 'EIO';
    throw new FleetError(code, `${host.name}: ${response.what}`, 'look at the host', { host: host.name });
  }
  const stderr = response.stderr.replace(CONTROL, ' ').trim().slice(-STDERR_MOST);
  // A copy: the body is a part of what came in one piece for many.
  return { code: response.code ?? undefined, stdout: new Uint8Array(frame.body), stderr };
}

const canceled = (host: HostEntry, { reason }: AbortSignal): FleetError =>
  new FleetError('ECANCELED', `${host.name}: given up`, 'begin again', { host: host.name, cause: reason });
