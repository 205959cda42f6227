/** SHA-256 of pieces, one behind the other: 32 bytes. */
export type Sha256 = (pieces: readonly Uint8Array[]) => Uint8Array;

let provided: Sha256 | undefined;

/**
 * Has code of the host's own digest what is large. Without it WebCrypto does where it is, which takes a copy of all bytes in one
 * piece. This module loads nothing else: a program can say so before it loads what digests.
 *
 * @param sha256 undefined takes it back.
 */
export function provideSha256(sha256: Sha256 | undefined): void {
  provided = sha256;
}

/** What was provided. */
export const hostSha256 = (): Sha256 | undefined => provided;
