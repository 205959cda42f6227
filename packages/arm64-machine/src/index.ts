export {
  type CostProfile,
  type EventPrices,
  type FitError,
  type FittedMachine,
  fitErrors,
  fittedMachines,
  initramfs120,
  linuxCounters,
  type PriceProfile,
  type PublishedRelocation,
  price,
  publishedInitramfs120,
  publishedStingray,
  publishedThunderX2,
  stingray,
  thunderX2,
} from './cost.ts';
export { CostFitError, fitProfile, type Measurement, type MeasurementError, type PriceFit } from './cost-fit.ts';
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
