import { threeGenerations } from './by-each-strategy.ts';

// Its own relocation runs with the MMU off.
threeGenerations('5.10', [
  { strategy: 'crash-region', firmware: 'dt', level: 'EL1' },
  { strategy: 'mmu-on', firmware: 'dt', level: 'EL1', rehearse: 'once' },
  { strategy: 'reserved', firmware: 'dt', level: 'VHE' },
  { strategy: 'kernel', firmware: 'uefi', level: 'EL2' },
]);
