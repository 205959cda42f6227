import { checkAlreadyLoaded } from './already-loaded.ts';
import { checkArchitecture } from './architecture.ts';
import type { Check } from './check.ts';
import { checkChecksumSpeed } from './checksum-speed.ts';
import { checkCmaSegments } from './cma-segments.ts';
import { checkCommandLine } from './command-line.ts';
import { checkCpuOffline } from './cpu-offline.ts';
import { checkCrashCpus } from './crash-cpus.ts';
import { checkCrashRegionRoom } from './crash-region-room.ts';
import { checkCrashSize } from './crash-size.ts';
import { checkCrashkernel } from './crashkernel.ts';
import { checkDeviceTree } from './device-tree.ts';
import { checkIts } from './gic-its.ts';
import { checkHalfRam } from './half-ram.ts';
import { checkLoadDisabled } from './load-disabled.ts';
import { checkLoadLimits } from './load-limits.ts';
import { checkLockdown } from './lockdown.ts';
import { checkMemoryHole } from './memory-hole.ts';
import { checkMemoryMap } from './memory-map.ts';
import { checkPageSize } from './page-size.ts';
import { checkPermission } from './permission.ts';
import { checkProtectedKvm } from './protected-kvm.ts';
import { checkRelocationSpeed } from './relocation-speed.ts';
import { checkSignature } from './signature.ts';
import { checkSupport } from './support.ts';
import { checkTreeDoubts } from './tree-doubts.ts';
import { checkTreeMemory } from './tree-memory.ts';

/** Checks that make sense on any Linux. */
export const generalChecks: readonly Check[] = [
  checkArchitecture,
  checkSupport,
  checkPermission,
  checkLoadDisabled,
  checkLoadLimits,
  checkLockdown,
  checkSignature,
  checkCmaSegments,
  checkMemoryMap,
  checkHalfRam,
  checkCommandLine,
  checkAlreadyLoaded,
  checkCrashkernel,
  checkCrashRegionRoom,
];

/** Checks that ask for what only arm64 has, or is measured there. */
export const arm64Checks: readonly Check[] = [
  checkMemoryHole,
  checkPageSize,
  checkCpuOffline,
  checkCrashCpus,
  checkCrashSize,
  checkProtectedKvm,
  checkDeviceTree,
  checkTreeMemory,
  checkTreeDoubts,
  checkIts,
  checkRelocationSpeed,
  checkChecksumSpeed,
];
