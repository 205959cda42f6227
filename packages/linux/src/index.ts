export type { AcpiFacts } from './acpi.ts';
export { runningBootargs } from './bootargs.ts';
export { type BundledHost, readBundle } from './bundle/read-bundle.ts';
export { type CollectedHost, collectHost } from './bundle/write-bundle.ts';
export type { CaptureFiles, CaptureKernel } from './capture/capture-kernel.ts';
export type { CoreContents, CoreLoad, CorePart } from './capture/elf-core-header.ts';
export { type Kdump, kdumpAt } from './capture/kdump.ts';
export type { CommandLine, KdumpService, RunProgram } from './capture/kdump-service.ts';
export type { PanicOptions } from './capture/panic.ts';
export { unloadAndRestore } from './capture/restore.ts';
export type { Load } from './checks/check.ts';
export { type Claim, type ClaimOptions, claimReboot } from './claim.ts';
export { type DescribeOptions, describeHost, type HostReality } from './describe.ts';
export type { Conduit, DeviceTreeFacts, TreeEvidence } from './device-tree.ts';
export { LinuxError, type LinuxErrorCode, type LinuxErrorDetails } from './error.ts';
export type { Finding, FindingId, Severity } from './finding.ts';
export { askHolder, forgetGone, unloadDead } from './holder/ask.ts';
export { type Guard, guardBy, type PostGuard, watchForHolder } from './holder/guard.ts';
export { type HeldReboot, Holder } from './holder/holder.ts';
export type { ProcessId } from './holder/process.ts';
export type { Answer, Question } from './holder/protocol.ts';
export { type FoundHolder, type HolderRecord, readHolder } from './holder/record.ts';
export { HOLDER_FOLDER } from './holder/run-folder.ts';
export { SPARED_NAMES } from './holder/watcher.ts';
export { type Host, type HostValues, type ReadHostOptions, readHost } from './host.ts';
export {
  type BootedAt,
  type LastBoot,
  type LastBootValues,
  MARK_PATHS,
  type ReadLastBootOptions,
  readLastBoot,
} from './last-boot.ts';
export { type LenientHost, withLenientMap } from './lenient-map.ts';
export {
  type KernelFiles,
  type LoadByFilesOptions,
  loadByFiles,
  loadCaptureByFiles,
  type RebootByFilesOptions,
  rebootByFiles,
} from './machine/by-files.ts';
export { isLeaving, type LeaveOptions, rebootIntoLoaded, type ServiceManager } from './machine/leaving.ts';
export { type LoadCaptureOptions, loadCapture, type NamedCapture } from './machine/load-capture.ts';
export { slotsNow } from './machine/loaded-now.ts';
export { LinuxMachine, type LinuxMachineOptions } from './machine/machine.ts';
export {
  defaultRoute,
  type RouteName,
  type RouteOffer,
  routeNames,
  routesOf,
  whyByFiles,
} from './machine/routes/offered.ts';
export { type HostSlots, slotsOf, unloadImages } from './machine/slots.ts';
export {
  type UnloadOptions,
  unloadCrash,
  unloadForReboot,
  unloadLoaded,
  unloadOwnCrash,
} from './machine/unload-loaded.ts';
export { preflight } from './preflight.ts';
export type { Evidence, Unread } from './reading.ts';
export type { StartedBy } from './started-by.ts';
export { type Kernel, SystemCallError, type SystemCallErrorDetails, thisKernel } from './syscalls/kernel.ts';
export type { KexecFileOptions } from './syscalls/kexec-file.ts';
export type { SystemCall } from './syscalls/numbers.ts';
export type { Capabilities, IoUringAccess, KexecCalls, LoadedModule, Lockdown, SignatureRule } from './values.ts';
export { type WriteMarkOptions, type WrittenMark, writeMark } from './write-mark.ts';
