export {
  type CostProfile,
  type FitError,
  fitErrors,
  type PublishedRelocation,
  price,
  publishedStingray,
  stingray,
} from './cost.ts';
export { type Counters, zeroCounters } from './counters.ts';
export { Cpu, type StopReason } from './cpu.ts';
export { type FaultKind, MachineFault } from './fault.ts';
export { FRAME_SIZE, Frame, LINE_SIZE } from './frame.ts';
export { PhysicalMemory, type PhysicalRange } from './memory.ts';
export type { Mmu, Translation, TranslationFailure } from './mmu.ts';
export { Registers } from './registers.ts';
export { type ExceptionLevel, SystemRegisters, type TranslationState } from './system.ts';
