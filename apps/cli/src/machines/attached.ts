import type { RunningMachine } from '@kexeckit/qemu';
import type { Io } from '../io.ts';
import type { Keyboard } from '../options/stdin.ts';

/** Ctrl-], as telnet has it: what is typed on a console has few letters that it never needs. */
const LEAVE = 0x1d;

/** A terminal that is the console of a machine for a while. */
export class Attached {
  readonly #io: Io;
  readonly #keyboard: Keyboard;
  #isOn = false;

  constructor(io: Io, keyboard: Keyboard) {
    this.#io = io;
    this.#keyboard = keyboard;
  }

  /** Whether the console is shown as it comes: it belongs to whoever sits there. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Types on the machine's console what is typed here, until Ctrl-], or the machine's end. A pipe that ends does not end it. */
  async to({ input, ended }: RunningMachine): Promise<void> {
    const keyboard = this.#keyboard;
    const isTerminal = keyboard.isTTY === true;
    const how = isTerminal ? 'Ctrl-] ends it' : 'it runs until it is switched off, or SIGINT';
    this.#io.err(`kexeckit: the machine goes on, and this is its console; ${how}\n`);
    this.#isOn = true;
    let leave = (): void => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const type = (piece: Uint8Array | string): void => {
      const bytes = Buffer.from(piece);
      const at = isTerminal ? bytes.indexOf(LEAVE) : -1;
      input.write(at < 0 ? bytes : bytes.subarray(0, at));
      if (at >= 0) leave();
    };
    keyboard.setRawMode?.(true);
    keyboard.on('data', type);
    try {
      await Promise.race([left, ended]);
    } finally {
      this.#isOn = false;
      keyboard.off('data', type);
      keyboard.setRawMode?.(false);
      keyboard.destroy();
      this.#io.err('\n');
    }
  }
}
