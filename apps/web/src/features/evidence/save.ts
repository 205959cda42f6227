import { timedPhases } from '@kexeckit/reboot';
import { LabError } from '../../shared/error.ts';
import { saveFile } from '../../shared/save.ts';
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
export async function savePicture(groups: readonly LogGroup[], kind: 'svg' | 'png', page: Element): Promise<void> {
  const svg = new Blob([evidenceSvg(groups, themeOf(page))], { type: 'image/svg+xml' });
  saveFile(`evidence.${kind}`, kind === 'svg' ? svg : await pngOf(svg));
}

/** Pixels of a picture that a canvas can hold in every browser. */
const MOST_PIXELS = 2 ** 24;

async function pngOf(svg: Blob): Promise<Blob> {
  const address = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const scale = Math.min(2, Math.sqrt(MOST_PIXELS / (width * height)));
    const canvas = document.createElement('canvas');
    canvas.width = Math.floor(width * scale);
    canvas.height = Math.floor(height * scale);
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (png === null) throw new LabError('EIO', 'the picture cannot be drawn', 'take it as SVG, or show fewer boots');
    return png;
  } finally {
    URL.revokeObjectURL(address);
  }
}
