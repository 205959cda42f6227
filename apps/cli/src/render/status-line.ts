import type { Io } from '../io.ts';
import { paceWords, type Step } from './pace.ts';
import { WIPED } from './printable.ts';

type Terminal = Pick<Io, 'err' | 'errPage' | 'isTerminal'>;

/** A line on a terminal that says what is done, and is rewritten; nothing in a pipe or a file. */
export class StatusLine {
  readonly #io: Terminal;
  /** What stands there. */
  #shown: string | undefined;

  constructor(io: Terminal) {
    this.#io = io;
  }

  /** Writes it, in the place of what stood there. */
  set(text: string): void {
    if (!this.#io.isTerminal) return;
    const { width, color, signs } = this.#io.errPage;
    // A line that is folded could not be wiped.
    const line = `${text} ${signs.ellipsis}`.slice(0, width - 1);
    if (line === this.#shown) return;
    this.clear();
    this.#io.err(color.dim(line));
    this.#shown = line;
  }

  /** Wipes it. */
  clear(): void {
    if (this.#shown !== undefined) this.#io.err(WIPED);
    this.#shown = undefined;
  }
}

/** Milliseconds before which nobody asks how far something is, and between two answers. */
const EARLY = 500;
const BETWEEN = 100;

/** How far work is that is no reboot: said once it takes a while. */
export class Pace {
  readonly #line: StatusLine;
  readonly #doing: string;
  readonly #began = performance.now();
  #said = 0;

  /** @param doing what is done: `listing` */
  constructor(io: Terminal, doing: string) {
    this.#line = new StatusLine(io);
    this.#doing = doing;
  }

  /** Says how far it is, if it is time to. */
  show(step: Step): void {
    const spent = performance.now() - this.#began;
    if (spent < EARLY || spent - this.#said < BETWEEN) return;
    this.#said = spent;
    this.#line.set(`${this.#doing}${paceWords(step, spent / 1000)}`);
  }

  /** Nothing is left behind. */
  end(): void {
    this.#line.clear();
  }
}

/** What work takes that can be ended, and says how many bytes of how many are done. */
interface Paced {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (step: Pick<Step, 'done' | 'total'>) => void;
}

/** Does such work, and says how far it is. @param doing what is done: `unpacking Image.gz` */
export async function paced<T>(
  io: Terminal & Pick<Io, 'signal'>,
  doing: string,
  work: (paced: Paced) => Promise<T>,
): Promise<T> {
  const pace = new Pace(io, doing);
  try {
    return await work({ signal: io.signal, onProgress: (step) => pace.show({ ...step, unit: 'bytes' }) });
  } finally {
    pace.end();
  }
}

/** Says what is done while it is done, where nobody can say how far it is. */
export async function told<T>(io: Terminal, doing: string, work: () => Promise<T>): Promise<T> {
  const line = new StatusLine(io);
  line.set(doing);
  try {
    return await work();
  } finally {
    line.clear();
  }
}
