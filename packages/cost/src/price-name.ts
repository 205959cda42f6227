/** The name of a price: `perRelocation` is the fixed term of a relocation. */
export type PriceName =
  | 'perShutdown'
  | 'perRelocation'
  | 'perInstruction'
  | 'perUncachedAccess'
  | 'perLine'
  | 'perTableWalk'
  | 'perChecksum'
  | 'perUncachedDigestByte'
  | 'perStartup';
