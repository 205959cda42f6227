/**
 * Sends what a console shows, one piece at a time: what comes while a piece is under way waits for it. Of more than `most` characters
 * that wait the end is kept.
 */
export class ConsoleSender {
  readonly #send: (text: string, sent: () => void) => void;
  readonly #most: number;
  #waiting = '';
  #isBusy = false;

  constructor(send: (text: string, sent: () => void) => void, most: number) {
    this.#send = send;
    this.#most = most;
  }

  write(text: string): void {
    this.#waiting += text;
    if (!this.#isBusy) this.flush();
    else if (this.#waiting.length > this.#most) this.#waiting = `${CUT}${this.#waiting.slice(-this.#most / 2)}`;
  }

  /** Sends what waits, before anything else is sent. */
  flush(): void {
    const text = this.#waiting;
    if (text === '') return;
    this.#waiting = '';
    this.#isBusy = true;
    this.#send(text, () => {
      this.#isBusy = false;
      this.flush();
    });
  }
}

/** What stands where something is missing. */
const CUT = '\r\n[a part of the console is not kept]\r\n';
