/** A canvas as a PNG, on a ground of this colour. */
export async function pngOf(canvas: HTMLCanvasElement, ground: string): Promise<Blob | undefined> {
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext('2d');
  if (context === null) return undefined;
  context.fillStyle = ground;
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  return await new Promise((resolve) => copy.toBlob((blob) => resolve(blob ?? undefined), 'image/png'));
}
