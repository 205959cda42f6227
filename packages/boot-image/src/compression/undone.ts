import type { ByHand } from './advice.ts';
import type { Pace } from './pace.ts';

/** What compressed data held. */
export interface Undone {
  bytes: Uint8Array;
  /** Bytes after the compressed data, such as the device tree that Android appends. */
  trailing: Uint8Array;
}

/** What is known of compressed data before it is undone. */
export interface Limits {
  /** Most bytes that may come out. */
  maxSize: number;
  /** How many bytes will come out, where something outside of the data says so. */
  expected?: number | undefined;
  /** How to get at the compressed data by hand, for advice. */
  byHand?: ByHand;
  pace?: Pace | undefined;
}

/** What undoes a compression. Whatever it throws for data that is not valid is a BootImageError. */
export type Undo = (bytes: Uint8Array, limits: Limits) => Promise<Undone>;
