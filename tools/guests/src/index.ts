export type { Architecture } from './architecture.ts';
export { type Boot, cmdlineOf, type Guest, withGuest } from './boot.ts';
export { betweenSystemCalls } from './bundle.ts';
export type { Sighting } from './console.ts';
export { makeDisk, mendDisk, namesOnDisk, readFromDisk, whyNoDisk } from './disk.ts';
export { type Entry, entriesBelow } from './entry.ts';
export { GuestError, type GuestErrorCode, type GuestErrorDetails } from './error.ts';
export {
  architectureOf,
  type DrivenVersion,
  type FileSet,
  folderOf,
  imageOf,
  type KernelVersion,
  kernelVersions,
  type ProgramSet,
  releaseOf,
  whyMissing,
  whyNot,
} from './files.ts';
export { guestInit, MARK, STAGE, type Stages, type Step, stepsOf } from './init.ts';
export { initramfs } from './initramfs.ts';
export { type Firmware, type GuestMachine, type Level, machineArguments } from './machine.ts';
export { type Equipment, type GuestRun, guestRoot, runGuest, type Scenario, whyNoGuest, withScenario } from './run.ts';
export { diskInitramfs, type SshHost, sshHostDisk, sshHostMachine, sshHostSets } from './ssh-host.ts';
