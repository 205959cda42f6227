import { planReboot, savePlan } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation';
import { machineOf, requestOf } from '../../desk/asked.ts';
import type { RebootInputs } from '../../desk/inputs.ts';

/**
 * The plan of a reboot as the text of a file, as `kexeckit plan --save-plan` writes it.
 *
 * @throws what planning throws.
 */
export async function planText(inputs: RebootInputs, strategy: StrategyName): Promise<string> {
  const { plan } = await planReboot(requestOf(inputs, strategy), await machineOf(inputs).describe());
  return savePlan(plan);
}
