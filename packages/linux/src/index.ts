export type { AcpiFacts } from './acpi.ts';
export type { Load } from './checks.ts';
export { type DescribeOptions, describeHost, type HostReality } from './describe.ts';
export type { Conduit, DeviceTreeFacts } from './device-tree.ts';
export { LinuxError, type LinuxErrorCode, type LinuxErrorDetails } from './error.ts';
export type { Finding, FindingId, Severity } from './finding.ts';
export { type Host, type HostValues, type ReadHostOptions, readHost } from './host.ts';
export {
  type BootedAt,
  type LastBoot,
  type LastBootValues,
  MARK_PATHS,
  type ReadLastBootOptions,
  readLastBoot,
} from './last-boot.ts';
export { type LeaveOptions, rebootIntoLoaded, type ServiceManager } from './machine/leaving.ts';
export { LinuxMachine, type LinuxMachineOptions } from './machine/machine.ts';
export { type HostSlots, slotsOf, unloadImages } from './machine/slots.ts';
export { preflight } from './preflight.ts';
export type { Unread } from './reading.ts';
export { type Kernel, SystemCallError, type SystemCallErrorDetails } from './syscalls/kernel.ts';
export type { SystemCall } from './syscalls/numbers.ts';
export type { Lockdown } from './values.ts';
export { type WriteMarkOptions, type WrittenMark, writeMark } from './write-mark.ts';
