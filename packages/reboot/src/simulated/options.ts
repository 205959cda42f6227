import type { CpuModel } from '@kexeckit/arm64-machine';
import type { MachineProfile } from '@kexeckit/cost';
import type { ResourceTree } from '@kexeckit/ioport';
import type { ExceptionLevel } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import { checkCpus } from '../plan/device-tree.ts';

/** What a simulated machine is like. */
export interface SimulatedOptions {
  /** The resource tree of /proc/iomem; by default that of the Stingray. */
  readonly memory?: ResourceTree;
  /** What the machine takes; by default what was published of the Stingray, where memory and CPUs are the Stingray's, and nothing elsewhere. */
  readonly profile?: MachineProfile;
  /** Device tree; by default one made from the memory map. */
  readonly dtb?: Uint8Array;
  readonly exceptionLevel?: ExceptionLevel;
  /** EL2 with HCR_EL2.E2H set, as hosts of virtual machines run. */
  readonly vhe?: boolean;
  /** From EL1, the next kernel is entered at EL2. */
  readonly softRestart?: boolean;
  readonly cpus?: number;
  /** What its CPUs lack, and their cache lines; by default they have all that the strict machine models, and lines of 64 bytes. */
  readonly cpu?: CpuModel;
  /** Release of the kernel that runs, or has run: by its rules memory is reserved. */
  readonly osrelease?: string;
  /** First address that 32-bit devices do not reach; what the device tree says, by default. */
  readonly lowLimit?: bigint;
  /** What hardware may do at any moment is done at moments that this seed decides; by default never. */
  readonly adversary?: number;
  /** No old kernel has booted yet: a region that the map lacks can still be reserved. Yes by default. */
  readonly canReserve?: boolean;
}

/** @throws RebootError `EINVAL` in phase `describe` for a machine that cannot be. */
export function checkOptions({ cpus, exceptionLevel, vhe, softRestart, adversary, cpu }: SimulatedOptions): void {
  if (cpus !== undefined) checkCpus(cpus);
  if (exceptionLevel !== undefined) checkLevel(exceptionLevel);
  if (vhe && exceptionLevel === 1) throw impossible('VHE is a property of EL2', 'leave vhe out, or choose EL2');
  if (softRestart && exceptionLevel !== 1)
    throw impossible('a soft restart starts at EL1', 'leave softRestart out, or choose EL1');
  if (adversary !== undefined && !Number.isSafeInteger(adversary))
    throw impossible(`the adversary cannot start from ${adversary}`, 'give a whole number');
  if (vhe && cpu?.without?.includes('vhe'))
    throw impossible('the CPUs lack VHE, which the machine is to have', 'leave one of the two out');
}

function checkLevel(level: number): void {
  if (level !== 1 && level !== 2) throw impossible(`no kernel runs at EL${level}`, 'choose EL1 or EL2');
}

const impossible = (what: string, hint: string): RebootError =>
  new RebootError('EINVAL', what, hint, { phase: phases.describe });
