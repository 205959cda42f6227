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
export { Cpu, type CpuEvent, type CpuOptions, type CpuSnapshot, type StopReason } from './cpu.ts';
export { type Device, Pl011 } from './device.ts';
export { type FaultKind, isRule, MachineFault } from './fault.ts';
export { FRAME_SIZE, Frame, LINE_SIZE } from './frame.ts';
export { Machine, type MachineOptions, type MachineSnapshot, type MachineStop } from './machine.ts';
export { PhysicalMemory, type PhysicalRange } from './memory.ts';
export type { Mmu, Translation, TranslationFailure } from './mmu.ts';
export { Registers } from './registers.ts';
export { type RuleName, rules } from './rules.ts';
export { type ExceptionLevel, SystemRegisters, type TranslationState } from './system.ts';
export { Vectors } from './vectors.ts';
