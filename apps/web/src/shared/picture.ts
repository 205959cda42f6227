import { LabError } from './error.ts';
import { saveFile } from './save.ts';

/** What a picture can be saved as. */
export type PictureKind = 'svg' | 'png';

/** Gives a picture to the person, as it is or in pixels. @throws LabError `EIO` */
export async function saveSvg(name: string, text: string, kind: PictureKind): Promise<void> {
  const svg = new Blob([text], { type: 'image/svg+xml' });
  saveFile(`${name}.${kind}`, kind === 'svg' ? svg : await pngOf(svg));
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
    if (png === null) throw new LabError('EIO', 'the picture cannot be drawn', 'take it as SVG, or show less of it');
    return png;
  } finally {
    URL.revokeObjectURL(address);
  }
}
