import { writeFileSync } from 'node:fs';
import type { RunningMachine } from '@kexeckit/qemu';
import {
  type Arrival,
  type PhaseRow,
  phases,
  type RebootEvent,
  type RebootPlan,
  type RebootReport,
  reboot,
} from '@kexeckit/reboot';
import type { Proof } from '@kexeckit/relocation';
import { useNodeSha256 } from '../../../node-sha256.ts';
import { errorFacts } from '../../../render/error-facts.ts';
import { plainReport } from '../../../render/reboot.ts';
import { rebootErrorDetails } from '../../../render/reboot-error.ts';
import { readStream } from './body.ts';
import { ConsoleSender } from './console-sender.ts';
import { type QemuRequest, readRequest } from './request.ts';
import { type BootFailure, type BootOrder, type FromBooter, isToBooter } from './talk.ts';

/**
 * The part of the process that boots for the lab: reads a request from standard input, plans it, has a machine run, and tells the
 * server of it. It ends with the server.
 *
 * @param args the order, as JSON.
 */
export async function bootForLab([order = '']: readonly string[]): Promise<void> {
  const { limits, bodyBytes }: BootOrder = JSON.parse(order);
  endFirst();
  useNodeSha256();
  process.once('disconnect', () => process.exit());
  const last = await new Booter(limits.consoleLength).boot(async () => {
    const body = await readStream(process.stdin, bodyBytes, limits.silenceMs);
    if (body === undefined) return undefined;
    return { ...readRequest(body, limits), timeoutMs: limits.bootMs };
  });
  send(last, () => process.exit());
}

/** Where memory runs out, this process is ended before the server, and before anybody else. */
function endFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not Linux.
  }
}

function send(message: FromBooter, sent: () => void = () => {}): void {
  if (process.send === undefined || !process.connected) sent();
  else process.send(message, undefined, undefined, sent);
}

/** One reboot, and who listens to the server meanwhile. */
class Booter {
  readonly #stop = new AbortController();
  readonly #console: ConsoleSender;
  #phase: PhaseRow | undefined;
  #plan: RebootPlan | undefined;
  #proof: Proof | undefined;
  #machine: RunningMachine | undefined;
  #leave: () => void = () => {};

  constructor(consoleMax: number) {
    this.#console = new ConsoleSender((text, sent) => send({ type: 'console', text }, sent), consoleMax);
    process.on('message', (message) => this.#hear(message));
  }

  /** @returns how it ended. @param read gives what is asked for. */
  async boot(read: () => Promise<(QemuRequest & { readonly timeoutMs: number }) | undefined>): Promise<FromBooter> {
    try {
      const request = await read();
      if (request === undefined) return { type: 'failed', error: this.#failure('the request did not come') };
      return { type: 'arrived', report: plainReport(await this.#reboot(request)) };
    } catch (error) {
      return { type: 'failed', error: this.#failure(error) };
    } finally {
      this.#console.flush();
    }
  }

  async #reboot(request: QemuRequest & { readonly timeoutMs: number }): Promise<RebootReport<Arrival>> {
    const { machine, job, keep, timeoutMs } = request;
    const { QemuMachine } = await import('@kexeckit/qemu');
    const options = { ...machine, timeoutMs };
    const made = new QemuMachine(keep ? { ...options, keep: (running) => this.#keep(running) } : options);
    return await reboot(made, job, { onEvent: (event) => this.#see(event), signal: this.#stop.signal });
  }

  #see(event: RebootEvent): void {
    switch (event.type) {
      case 'phase':
        this.#phase = phases[event.phase];
        this.#tell({ type: 'phase', phase: event.phase });
        break;
      case 'console':
        this.#console.write(event.text);
        break;
      case 'planned':
        this.#plan = event.plan;
        this.#tell({ type: 'planned', notes: event.plan.notes });
        break;
      case 'proved': {
        const { checks, violations } = event.proof;
        this.#proof = event.proof;
        this.#tell({ type: 'proved', checks: checks.length, violations: violations.length });
        break;
      }
    }
  }

  async #keep(machine: RunningMachine): Promise<void> {
    const { arrival: ending, ended } = machine;
    const left = new Promise<void>((resolve) => {
      this.#leave = resolve;
    });
    this.#machine = machine;
    const [plan, proof] = [this.#plan, this.#proof];
    if (plan !== undefined && proof !== undefined && ending !== undefined)
      this.#tell({ type: 'up', report: plainReport({ plan, proof, rehearsal: undefined, ending }) });
    await Promise.race([ended, left]);
    this.#machine = undefined;
  }

  #hear(message: unknown): void {
    if (!isToBooter(message)) return;
    if (message.type === 'stop') this.#stop.abort();
    else if (message.type === 'leave') this.#leave();
    else this.#machine?.input.write(message.bytes, () => this.#tell({ type: 'read', bytes: message.bytes.length }));
  }

  /** What was shown before is told before. */
  #tell(message: FromBooter): void {
    this.#console.flush();
    send(message);
  }

  #failure(error: unknown): BootFailure {
    const { code, message, hint = '', phase } = errorFacts(error, { phase: this.#phase });
    const { console = [] } = error instanceof Error ? rebootErrorDetails(error) : {};
    return { code, message, hint, phase: this.#phaseNamed(phase?.name), console };
  }

  #phaseNamed(name: string | undefined): BootFailure['phase'] {
    return Object.values(phases).find((phase) => phase.name === name)?.name ?? null;
  }
}
