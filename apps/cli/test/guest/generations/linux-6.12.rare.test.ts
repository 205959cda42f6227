import { threeGenerations } from './by-each-strategy.ts';

threeGenerations('6.12', [
  { strategy: 'crash-region', firmware: 'uefi', level: 'EL1' },
  { strategy: 'mmu-on', firmware: 'uefi', level: 'EL1' },
  { strategy: 'reserved', firmware: 'dt', level: 'EL2' },
  { strategy: 'kernel', firmware: 'dt', level: 'EL2' },
]);
