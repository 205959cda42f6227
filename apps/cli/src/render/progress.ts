import type { RebootEvent } from '@kexeckit/reboot';
import pc from 'picocolors';
import type { Io } from '../io.ts';

/** What each step is called while it runs. */
const names = {
  inputs: 'reading the machine',
  plan: 'planning',
  load: 'loading',
  prove: 'proving',
  relocation: 'relocating',
  startup: 'starting',
} as const;

/** Shows a reboot while it happens: one status line on a terminal, and the console of the new kernel. */
export class ProgressView {
  readonly #io: Io;
  #strategy = '';
  #hasStatus = false;
  #atLineStart = true;

  constructor(io: Io) {
    this.#io = io;
  }

  /** A reboot with this strategy begins. */
  begin(strategy: string): void {
    this.#strategy = strategy;
  }

  /** Shows one event. */
  show(event: RebootEvent): void {
    switch (event.type) {
      case 'step':
        this.#status(names[event.step]);
        break;
      case 'progress':
        this.#status(`${names.relocation} ${Math.floor((100 * event.done) / event.total)} %`);
        break;
      case 'console':
        this.#console(event.text);
        break;
      case 'planned':
      case 'proved':
        break;
    }
  }

  /** The reboot ended: no status is left behind. */
  end(): void {
    this.#clear();
    if (!this.#atLineStart) this.#io.err('\n');
    this.#atLineStart = true;
  }

  #status(text: string): void {
    if (!this.#io.isTerminal) return;
    this.#io.err(`\r\x1b[K${pc.dim(`${this.#strategy}: ${text} …`)}`);
    this.#hasStatus = true;
  }

  #clear(): void {
    if (this.#hasStatus) this.#io.err('\r\x1b[K');
    this.#hasStatus = false;
  }

  /** The new kernel's console, set off by a bar so that it cannot be taken for ours. */
  #console(text: string): void {
    this.#clear();
    const bar = pc.dim('│ ');
    const lines = text.replaceAll('\r', '').split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      this.#io.err(`${this.#atLineStart ? bar : ''}${line}\n`);
      this.#atLineStart = true;
    }
    if (rest === '') return;
    this.#io.err(`${this.#atLineStart ? bar : ''}${rest}`);
    this.#atLineStart = false;
  }
}
