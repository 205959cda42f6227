import { planReboot, savePlan } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation';
import { machineOf, requestOf } from '../../desk/asked.ts';
import type { RebootInputs } from '../../desk/inputs.ts';
import { openMap } from '../map/compute.ts';
import { withPlan } from '../map/model/marks.ts';
import { modelOf } from '../map/model/model.ts';
import { unpackMarks } from '../map/model/packed.ts';
import { mapSvg } from '../map/model/svg.ts';
import { lightTheme } from '../map/model/theme.ts';

/**
 * The plan of a reboot as the text of a file, as `kexeckit plan --save-plan` writes it.
 *
 * @throws what planning throws.
 */
export async function planText(inputs: RebootInputs, strategy: StrategyName): Promise<string> {
  const { plan } = await planReboot(requestOf(inputs, strategy), await machineOf(inputs).describe());
  return savePlan(plan);
}

const WIDTH = 1200;

/**
 * The memory map of a reboot as a picture that stands alone, with its holes compressed.
 *
 * @throws what planning throws.
 */
export async function mapPicture(inputs: RebootInputs, strategy: StrategyName, title: string): Promise<string> {
  const machine = await openMap(inputs);
  const { marks, pages } = await machine.plan({ strategy });
  return mapSvg(
    modelOf(withPlan(unpackMarks(machine.map.marks), marks), pages),
    { scale: 'compressed', width: WIDTH, title },
    lightTheme,
  );
}
