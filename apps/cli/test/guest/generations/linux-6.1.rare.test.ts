import { threeGenerations } from './by-each-strategy.ts';

threeGenerations('6.1', [
  { strategy: 'crash-region', firmware: 'uefi', level: 'EL2' },
  { strategy: 'mmu-on', firmware: 'uefi', level: 'EL2' },
  { strategy: 'reserved', firmware: 'dt', level: 'EL1' },
  { strategy: 'kernel', firmware: 'dt', level: 'VHE' },
]);
