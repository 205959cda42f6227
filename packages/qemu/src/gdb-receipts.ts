/**
 * Whether the stub has taken the last packet: it says `+` for each (GDB Remote Serial Protocol, "Packet Acknowledgment"). Answers
 * have no numbers; but what is said before the stub has taken a question is no answer to it.
 *
 * Packets and receipts are not counted: QEMU takes the first packet to a machine that runs for no more than the wish to stop it.
 */
export class Receipts {
  #isTaken = false;
  #everTaken = false;

  /** A packet is sent. */
  send(): void {
    this.#isTaken = false;
  }

  /** The stub has taken a packet. */
  take(): void {
    this.#isTaken = true;
    this.#everTaken = true;
  }

  /** Whether the last packet has been taken, or may have been: a stub that has said so once always does. */
  get isTaken(): boolean {
    return this.#isTaken || !this.#everTaken;
  }
}
