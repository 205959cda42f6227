import { threeGenerations } from './by-each-strategy.ts';

threeGenerations('7.3', [
  { strategy: 'crash-region', firmware: 'dt', level: 'VHE' },
  { strategy: 'mmu-on', firmware: 'uefi', level: 'EL2', often: true },
  { strategy: 'reserved', firmware: 'dt', level: 'VHE' },
  { strategy: 'kernel', firmware: 'uefi', level: 'VHE' },
]);
