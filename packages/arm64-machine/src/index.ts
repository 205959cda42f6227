export { type Counters, zeroCounters } from './counters.ts';
export { Cpu, type CpuOptions, type CpuSnapshot, type InstructionCacheState, type StopReason } from './cpu.ts';
export type { CpuEvent } from './cpu-event.ts';
export type { CpuModel } from './cpu-model.ts';
export { type Device, DeviceFrame, type PlacedDevice } from './device.ts';
export { MachineError, type MachineErrorCode, type MachineErrorDetails } from './error.ts';
export type { Interrupt } from './exceptions.ts';
export { type FaultCode, type FaultDetails, type FaultKind, isRule, MachineFault } from './fault.ts';
export { allFeatures, type Feature } from './features.ts';
export { Frame } from './frame.ts';
export { type InterruptArrivals, Interrupts, type InterruptsSnapshot } from './interrupts.ts';
export { Machine, type MachineOptions, type MachineSnapshot, type MachineStop } from './machine.ts';
export { PhysicalMemory, type PhysicalRange } from './memory.ts';
export type { Mmu } from './mmu.ts';
export { type ConsoleFlag, type ConsoleFlags, Pl011 } from './pl011.ts';
export { Registers } from './registers.ts';
export { type RuleName, rules } from './rules.ts';
export { FRAME_SIZE, LINE_SIZE, type LineSize, lineSizes } from './sizes.ts';
export {
  type ExceptionLevel,
  type SystemOptions,
  SystemRegisters,
  type TranslationRegime,
  type TranslationState,
} from './system.ts';
export type { ReadonlyTlb } from './tlb.ts';
export type { FrameRun, Invalidation, Translation, TranslationFailure } from './translation.ts';
export { Vectors } from './vectors.ts';
