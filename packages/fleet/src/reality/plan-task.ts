import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describeHost, type RouteName, readBundle, routeNames } from '@kexeckit/linux';
import {
  type Ending,
  type InputFiles,
  type Machine,
  proveReboot,
  type Reality,
  RebootError,
  rehearse,
  savePlan,
} from '@kexeckit/reboot';
import type { DigestedFile } from '@kexeckit/rollout';

/** A class to plan for. It is sent to a thread of its own. */
export interface PlanTask {
  /** What one of its hosts says of itself. */
  readonly bundle: Uint8Array;
  readonly kernel: DigestedFile;
  readonly initrd: DigestedFile | undefined;
  readonly dtb: DigestedFile | undefined;
  readonly cmdline: string;
  readonly strategy: string;
  /** Decides where source pages are scattered. */
  readonly seed: number;
  readonly rehearsal: 'once' | 'thorough';
}

/** A plan that was proved and rehearsed. */
export interface PlanOutcome {
  readonly text: string;
  /** Facts that the proof looked at. */
  readonly checks: number;
  readonly rehearsals: number;
}

/**
 * Plans, proves and rehearses a reboot of the machine that a bundle describes.
 *
 * @throws what {@link proveReboot} and {@link rehearse} throw; RebootError `ESTALE` for a file that is another than is named.
 */
export async function planFor(task: PlanTask): Promise<PlanOutcome> {
  const { bundle, cmdline, seed, rehearsal } = task;
  const strategy = strategyIn(task.strategy);
  const reality = describeHost((await readBundle(bundle)).host);
  const files = await filesOf(task);
  const request = { ...files, cmdline, strategy, seed, takes: ['initrd', 'dtb'] as const };
  const proved = await proveReboot(asDescribed(reality), request);
  const { runs } = await rehearse(proved, proved.reality, { thorough: rehearsal === 'thorough' });
  const checks = proved.proof.checks.reduce((sum, { checked }) => sum + checked, 0);
  return { text: savePlan(proved.plan), checks, rehearsals: runs.length };
}

function strategyIn(name: string): RouteName {
  const route = routeNames.find((known) => known === name);
  if (route !== undefined) return route;
  throw new RebootError('EINVAL', 'no host has such a strategy', `give one of ${routeNames.join(', ')}`);
}

/** A machine that says what it is, and nothing else. */
const asDescribed = (reality: Reality): Machine<Ending> => ({
  name: reality.name,
  rehearses: false,
  describe: async () => reality,
  stage: async () => {
    throw new RebootError('EINVAL', 'a machine that was only described cannot be rebooted', 'ask the machine itself');
  },
  staged: async () => undefined,
});

async function filesOf({ kernel, initrd, dtb }: PlanTask): Promise<InputFiles> {
  return {
    kernel: await readChecked(kernel),
    kernelName: kernel.path,
    ...(initrd !== undefined && { initrd: await readChecked(initrd) }),
    ...(dtb !== undefined && { dtb: await readChecked(dtb) }),
  };
}

async function readChecked({ path, size, sha256 }: DigestedFile): Promise<Uint8Array> {
  const bytes = await readFile(path);
  if (bytes.length === size && createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
  throw new RebootError('ESTALE', `${path} has changed`, 'digest it again');
}
