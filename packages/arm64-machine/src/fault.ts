/** Why the machine stopped a program: each is something that real hardware may punish. */
export type FaultKind =
  | 'undefined-instruction'
  | 'translation-fault'
  | 'address-size-fault'
  | 'access-flag-fault'
  | 'permission-fault'
  | 'alignment-fault'
  | 'external-abort';

/** A fault that the running program took. The machine models no exception vectors yet, so a fault ends the run. */
export class MachineFault extends Error {
  override readonly name = 'MachineFault';
  readonly kind: FaultKind;
  /** Virtual address of the instruction. */
  readonly pc: bigint;
  /** Virtual address of the access that faulted; for a fetch, the same as `pc`. */
  readonly address: bigint;

  constructor(kind: FaultKind, pc: bigint, address: bigint, detail: string) {
    super(`${kind} at pc 0x${pc.toString(16)}, address 0x${address.toString(16)}: ${detail}`);
    this.kind = kind;
    this.pc = pc;
    this.address = address;
  }
}
