/** What an access needs of a mapping, and how its fault is told (ESR_ELx.WnR and .CM). */
export interface AccessKind {
  /** Whether the mapping must be writable. */
  readonly needsWrite: boolean;
  /** Whether EL0 must be allowed to make it. */
  readonly asUser: boolean;
  /** ESR.WnR of a fault that a read would take too. */
  readonly tellsWrite: boolean;
  /** ESR.CM. */
  readonly maintenance: boolean;
}

const plain: AccessKind = { needsWrite: false, asUser: false, tellsWrite: false, maintenance: false };

export const READ: AccessKind = plain;
export const WRITE: AccessKind = { ...plain, needsWrite: true, tellsWrite: true };
/** Atomic accesses read first: only what a read would not fault at is told as a write. */
export const READ_AND_WRITE: AccessKind = { ...plain, needsWrite: true };
/** LDTR* and STTR* at EL1: EL0 must be allowed to. */
export const USER_READ: AccessKind = { ...plain, asUser: true };
export const USER_WRITE: AccessKind = { ...WRITE, asUser: true };
/** DC and IC by address need a translation, and at EL1 and EL2 no permission. */
export const MAINTAIN: AccessKind = { ...plain, tellsWrite: true, maintenance: true };
/** DC IVAC may lose what was written, so it needs permission to write. */
export const INVALIDATE: AccessKind = { ...MAINTAIN, needsWrite: true };
