export {
  BARE_METAL_BASE,
  type BareMetalOptions,
  type BareMetalProgram,
  type BareMetalResult,
  type MemoryPiece,
  type MemoryStretch,
  runBareMetal,
} from './bare-metal.ts';
export { type Boot, BootedMachine } from './booted.ts';
export { type ConsoleEnd, ConsoleWatcher, type Sighting } from './console.ts';
export { QemuError, type QemuErrorCode, type QemuErrorDetails } from './error.ts';
export { GdbClient, type GdbRegisters } from './gdb.ts';
export { LIFELINE_FD, underOurLife } from './lifeline.ts';
export type { ClientLimits } from './limits.ts';
export { QemuMachine } from './machine.ts';
export { type QemuOptions, type RunningMachine, userSpaceMark } from './options.ts';
export { isQemuThere } from './process.ts';
export type { Awaited } from './qemu-console.ts';
export { QmpClient } from './qmp.ts';
