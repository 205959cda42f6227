/**
 * Which packets the stub has taken: it says `+` for each (GDB Remote Serial Protocol, "Packet Acknowledgment"). Answers have no
 * numbers; but what is said before the stub has taken a question is no answer to it.
 */
export class Receipts {
  #sent = 0;
  #taken = 0;
  #everTaken = false;

  /** A packet is sent. */
  send(): void {
    this.#sent += 1;
  }

  /** The stub has taken a packet; of more receipts than packets nothing follows. */
  take(): void {
    this.#everTaken = true;
    if (this.#taken < this.#sent) this.#taken += 1;
  }

  /** Whether the last packet has been taken, or may have been: a stub that has said so once always does. */
  get isTaken(): boolean {
    return !this.#everTaken || this.#taken === this.#sent;
  }
}
