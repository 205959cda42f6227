import type { Setup } from './victim.ts';

// What sabotages are done to: strategy, where the routine runs, whether it verifies.

export const on1: Setup = { strategy: 'mmu-on', state: 'EL1', verify: true };
export const on2: Setup = { ...on1, state: 'EL2' };
export const vhe: Setup = { ...on1, state: 'VHE' };
export const soft: Setup = { ...on1, state: 'soft restart' };
export const plain: Setup = { ...on2, verify: false };
export const crumbs: Setup = { ...on1, breadcrumbs: true };
export const off1: Setup = { strategy: 'mmu-off', state: 'EL1', verify: false };
export const off2: Setup = { ...off1, state: 'EL2' };
export const reserved: Setup = { strategy: 'reserved', state: 'EL1', verify: false };
export const reservedVerified: Setup = { strategy: 'reserved', state: 'EL2', verify: true };
export const crash: Setup = { strategy: 'crash-region', state: 'EL2', verify: false };
export const delivered: Setup = { strategy: 'kernel', state: 'EL1', verify: true };
export const mixed: Setup = { strategy: 'mixed', state: 'EL1', verify: false };
export const mixedVerified: Setup = { strategy: 'mixed', state: 'EL2', verify: true };

/** Every setup: each is run unbroken too. */
export const setups: readonly Setup[] = [
  on1,
  on2,
  vhe,
  soft,
  plain,
  crumbs,
  off1,
  off2,
  reserved,
  reservedVerified,
  crash,
  delivered,
  mixed,
  mixedVerified,
];
