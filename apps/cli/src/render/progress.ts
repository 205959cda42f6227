import { type PhaseName, phases, type RebootEvent, type Watch } from '@kexeckit/reboot';
import type { Context } from '../context.ts';
import type { Io } from '../io.ts';
import { paceWords } from './pace.ts';
import { StatusLine } from './status-line.ts';

/** Does work that announces what it does: it is shown while it lasts, and its phase is noted for errors. */
export async function watched<T>(
  context: Context,
  label: string,
  work: (watch: Watch) => Promise<T>,
  attached?: { readonly isOn: boolean },
): Promise<T> {
  const view = new ProgressView(context.io, label, attached);
  const onEvent = (event: RebootEvent): void => {
    if (event.type === 'phase') context.phase = phases[event.phase];
    view.show(event);
  };
  try {
    return await work({ onEvent, ...(context.io.signal && { signal: context.io.signal }) });
  } finally {
    view.end();
  }
}

/** Shows a reboot while it happens: one status line on a terminal, and the console of the new kernel. */
class ProgressView {
  readonly #io: Io;
  readonly #label: string;
  readonly #line: StatusLine;
  #atLineStart = true;
  /** When the phase began that lasts, in milliseconds. */
  #began = 0;

  /** Set where the terminal may be a machine's console: then that is shown as it comes. */
  readonly #attached: { readonly isOn: boolean } | undefined;

  constructor(io: Io, label: string, attached?: { readonly isOn: boolean }) {
    this.#io = io;
    this.#line = new StatusLine(io);
    this.#attached = attached;
    this.#label = label;
  }

  /** Shows one event. */
  show(event: RebootEvent): void {
    switch (event.type) {
      case 'phase':
        this.#began = performance.now();
        this.#status(event.phase);
        break;
      case 'progress':
        this.#status(event.phase, paceWords(event, (performance.now() - this.#began) / 1000));
        break;
      case 'console':
        if (this.#attached?.isOn) (this.#io.errRaw ?? this.#io.err)(event.text);
        else this.#console(event.text);
        break;
      case 'planned':
      case 'proved':
      case 'committing':
        break;
    }
  }

  /** The reboot ended: no status is left behind. */
  end(): void {
    this.#line.clear();
    if (!this.#atLineStart) this.#io.err('\n');
    this.#atLineStart = true;
  }

  #status(phase: PhaseName, progress = ''): void {
    this.#line.set(`${this.#label}: ${phases[phase].doing}${progress}`);
  }

  /** The new kernel's console, set off by a bar so that it cannot be taken for ours. */
  #console(text: string): void {
    this.#line.clear();
    const { color, signs } = this.#io.errPage;
    const bar = color.dim(`${signs.bar} `);
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
