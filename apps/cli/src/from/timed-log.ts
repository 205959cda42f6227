/** Characters that are kept: more than any two kernels say until the second is up. */
const LOG_MAX = 2 ** 24;

/** What a console says, with the time of this host in front of each line, as a serial logger writes it (`ts %.s`). */
export class TimedLog {
  readonly #now: () => number;
  readonly #pieces: string[] = [];
  #length = 0;
  #atLineStart = true;

  /** @param now milliseconds since 1970. */
  constructor(now: () => number = () => performance.timeOrigin + performance.now()) {
    this.#now = now;
  }

  /** Takes text as it comes. What is too much is left out. */
  push(text: string): void {
    if (this.#length + text.length > LOG_MAX) return;
    const time = `${(this.#now() / 1000).toFixed(6)} `;
    const stamped = text.replaceAll('\r', '').replaceAll(/\n(?!$)/g, `\n${time}`);
    if (stamped === '') return;
    const piece = this.#atLineStart ? time + stamped : stamped;
    this.#atLineStart = stamped.endsWith('\n');
    this.#length += piece.length;
    this.#pieces.push(piece);
  }

  /** Everything so far. */
  text(): string {
    return this.#pieces.join('');
  }
}
