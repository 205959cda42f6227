import { timedPhases } from '@kexeckit/reboot';
import { type PictureKind, saveSvg } from '../../shared/picture.ts';
import { type EvidenceTheme, evidenceSvg, type LogGroup } from './svg.ts';

/** The colours of the page that an element stands in. */
function themeOf(page: Element): EvidenceTheme {
  const style = getComputedStyle(page);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ...{ ground: colour('surface'), ink: colour('ink'), quiet: colour('quiet'), line: colour('line') },
    ...{ bad: colour('bad'), routine: colour('routine') },
    phases: timedPhases.map((_, at) => colour(`phase-${at + 1}`)),
  };
}

/** Gives the picture of these logs to the person, in the colours of the page. @throws LabError `EIO` */
export async function savePicture(groups: readonly LogGroup[], kind: PictureKind, page: Element): Promise<void> {
  await saveSvg('evidence', evidenceSvg(groups, themeOf(page)), kind);
}
