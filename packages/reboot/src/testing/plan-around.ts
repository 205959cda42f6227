import type { StagePlan } from '@kexeckit/relocation';
import type { RebootPlan } from '../plan/plan.ts';

const NO_DIGEST = '0'.repeat(64);

/** A plan around a stage that was planned by itself, to run on a machine that is not asked what it is. */
export function planAround(stage: StagePlan): RebootPlan {
  const { strategy, exceptionLevel, vhe, softRestart, halt, breadcrumbs } = stage;
  return {
    wishes: {
      cmdline: '',
      strategy,
      seed: 1,
      reserve: undefined,
      verify: halt !== undefined,
      breadcrumbs: breadcrumbs !== undefined,
      takes: [],
      anyInitrd: false,
    },
    inputs: { kernel: { bytes: 0, sha256: NO_DIGEST }, initrd: undefined, dtb: undefined },
    machine: {
      ...{
        name: 'any',
        cpus: 1,
        exceptionLevel,
        vhe,
        softRestart,
        console: undefined,
        canReserve: true,
        registered: [],
      },
      features: { granules: ['4K'], paBits: 48, sha256: true, vhe, dataLine: 64, instructionLine: 64 },
      memory: NO_DIGEST,
      deviceTree: NO_DIGEST,
    },
    cmdline: '',
    generation: undefined,
    stage,
    dtb: new Uint8Array(),
    notes: [],
  };
}
