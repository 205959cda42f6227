import { LabError } from './error.ts';
import { saveFile } from './save.ts';

/** What a picture can be saved as. */
export type PictureKind = 'svg' | 'png';

/** Gives a picture to the person, as it is or in pixels. @throws LabError `EIO` */
export async function saveSvg(name: string, text: string, kind: PictureKind): Promise<void> {
  const svg = new Blob([text], { type: 'image/svg+xml' });
  saveFile(`${name}.${kind}`, kind === 'svg' ? svg : await pngOf(svg));
}

/** Pixels of a picture that a canvas can hold in every browser, and those of its longer side. */
const MOST_PIXELS = 2 ** 24;
const EDGE_MAX = 16_384;

/** How many pixels a picture of a size gets: twice as many each way, where a canvas can hold them. */
export function pixelsOf(width: number, height: number): { readonly width: number; readonly height: number } {
  const scale = Math.min(2, Math.sqrt(MOST_PIXELS / (width * height)), EDGE_MAX / Math.max(width, height));
  const pixels = (size: number): number => Math.max(1, Math.floor(size * scale));
  return { width: pixels(width), height: pixels(height) };
}

async function pngOf(svg: Blob): Promise<Blob> {
  const address = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), pixelsOf(image.naturalWidth, image.naturalHeight));
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (png === null) throw new LabError('EIO', 'the picture cannot be drawn', 'take it as SVG, or show less of it');
    return png;
  } finally {
    URL.revokeObjectURL(address);
  }
}
