import type { Scene, Shape } from './model/scene.ts';
import type { Theme } from './model/theme.ts';

const FONT = '12px system-ui, sans-serif';
const CODE = '12px ui-monospace, "DejaVu Sans Mono", Menlo, monospace';

/** Paints a scene on a canvas whose unit is a pixel of the page. */
export function paint(context: CanvasRenderingContext2D, scene: Scene, theme: Theme): void {
  context.clearRect(0, 0, scene.width, scene.height);
  const stripes = stripesOf(context, theme);
  for (const shape of scene.shapes) paintShape(context, shape, theme, stripes);
}

function paintShape(
  context: CanvasRenderingContext2D,
  shape: Shape,
  theme: Theme,
  stripes: CanvasPattern | null,
): void {
  switch (shape.type) {
    case 'rect':
      paintRect(context, shape, theme, stripes);
      return;
    case 'line':
      context.strokeStyle = theme[shape.stroke];
      context.lineWidth = shape.width ?? 1;
      context.beginPath();
      context.moveTo(...shape.from);
      context.lineTo(...shape.to);
      context.stroke();
      return;
    case 'text':
      context.fillStyle = theme[shape.fill];
      context.font = shape.isCode === true ? CODE : FONT;
      context.fillText(shape.text, shape.x, shape.y);
      return;
    case 'columns':
      context.fillStyle = theme[shape.fill];
      context.beginPath();
      for (const [x, height] of shape.heights.entries())
        if (height > 0) context.rect(x, shape.base - height, 1, height);
      context.fill();
      return;
  }
}

function paintRect(
  context: CanvasRenderingContext2D,
  { x, y, width, height, fill, striped, stroke, dashed, opacity = 1 }: Extract<Shape, { type: 'rect' }>,
  theme: Theme,
  stripes: CanvasPattern | null,
): void {
  context.globalAlpha = opacity;
  if (fill !== undefined) {
    context.fillStyle = striped === true && stripes !== null ? stripes : theme[fill];
    context.fillRect(x, y, width, height);
  }
  if (stroke !== undefined) {
    context.strokeStyle = theme[stroke];
    context.lineWidth = 1.5;
    context.setLineDash(dashed === true ? [4, 2] : []);
    context.strokeRect(x, y, width, height);
    context.setLineDash([]);
  }
  context.globalAlpha = 1;
}

/** Stripes of 45 degrees that go on from tile to tile. */
function stripesOf(context: CanvasRenderingContext2D, theme: Theme): CanvasPattern | null {
  const tile = new OffscreenCanvas(8, 8);
  const brush = tile.getContext('2d');
  if (brush === null) return null;
  brush.strokeStyle = theme.hatch;
  brush.lineWidth = 1.5;
  brush.beginPath();
  for (const start of [-8, 0, 8]) {
    brush.moveTo(start, 8);
    brush.lineTo(start + 8, 0);
  }
  brush.stroke();
  return context.createPattern(tile, 'repeat');
}
