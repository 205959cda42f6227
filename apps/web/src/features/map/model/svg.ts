import { hex } from '../../../shared/format.ts';
import { type Axis, axisOf, type Scale } from './axis.ts';
import { legendOf, lookNames } from './legend.ts';
import type { Look } from './marks.ts';
import type { MapModel } from './model.ts';
import { projectionOf } from './projection.ts';
import { type Highlights, type Scene, type Shape, sceneOf, styles } from './scene.ts';
import type { Theme } from './theme.ts';
import { type View, wholeView } from './view.ts';

/** What of a map is drawn into a file. */
export interface MapWindow extends Highlights {
  readonly scale: Scale;
  /** Everything where it is left out. */
  readonly view?: View | undefined;
  /** Pixels. */
  readonly width: number;
  readonly title: string;
}

const MARGIN = 16;
const HEAD = 46;
const LEGEND_ROW = 20;
const LEGEND_COLUMN = 168;

/** A map as a file of SVG that needs nothing else: the marks that the page draws, with ruler and legend. */
export function mapSvg(model: MapModel, window: MapWindow, theme: Theme): string {
  const axis = axisOf(window.scale, model.extent);
  const view = window.view ?? wholeView(axis);
  const scene = sceneOf(model, projectionOf(axis, view, window.width), window);
  const legend = legendShapes(
    legendOf(model).map(({ look }) => look),
    window.width,
  );
  const width = window.width + 2 * MARGIN;
  const height = HEAD + scene.height + legend.height + 2 * MARGIN;
  const below = HEAD + scene.height + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(window.title)}</title>`,
    stripes(theme),
    `<rect width="${width}" height="${height}" fill="${theme.surface}"/>`,
    `<text x="${MARGIN}" y="24" font-size="15" fill="${theme.ink}">${escaped(window.title)}</text>`,
    `<text x="${MARGIN}" y="42" fill="${theme.quiet}">${escaped(windowText(axis, view))}</text>`,
    `<svg x="${MARGIN}" y="${HEAD}" width="${window.width}" height="${scene.height}">`,
    ...svgShapes(scene, theme),
    '</svg>',
    `<g transform="translate(${MARGIN} ${below})">`,
    ...legend.shapes.flatMap((shape) => svgShape(shape, theme)),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** What a view shows, in words. */
export function windowText({ scale }: Axis, { from, to }: View): string {
  const [start, end] = [from, to].map((frame) => BigInt(Math.round(frame * 4096)));
  const ends = `${hex(start ?? 0n)}–${hex((end ?? 1n) - 1n)}`;
  return scale === 'linear' ? `${ends}, linear` : `${ends}, holes compressed`;
}

const svgShapes = ({ shapes }: Scene, theme: Theme): string[] => shapes.flatMap((shape) => svgShape(shape, theme));

function legendShapes(looks: readonly Look[], width: number): { readonly shapes: Shape[]; readonly height: number } {
  const columns = Math.max(1, Math.floor(width / LEGEND_COLUMN));
  const shapes = looks.flatMap((look, at): Shape[] => {
    const x = (at % columns) * LEGEND_COLUMN;
    const y = Math.floor(at / columns) * LEGEND_ROW;
    const { share = 1, ...style } = styles[look];
    return [
      { type: 'rect', ...{ x: x + 0.5, y: y + 12 * (1 - share), width: 12, height: 12 * share }, ...style },
      { type: 'text', x: x + 19, y: y + 10, text: lookNames[look], fill: 'ink' },
    ];
  });
  return { shapes, height: Math.ceil(looks.length / columns) * LEGEND_ROW };
}

const stripes = (theme: Theme): string =>
  `<defs><pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1.6" height="6" fill="${theme.hatch}"/></pattern></defs>`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const round = (value: number): string => String(Math.round(value * 100) / 100);

/** A shape as SVG; nothing for columns without height. */
function svgShape(shape: Shape, theme: Theme): string[] {
  switch (shape.type) {
    case 'rect':
      return [rectSvg(shape, theme)];
    case 'line': {
      const [[x1, y1], [x2, y2]] = [shape.from, shape.to];
      return [
        `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${theme[shape.stroke]}" stroke-width="${shape.width ?? 1}"/>`,
      ];
    }
    case 'text': {
      const family = shape.isCode === true ? ' font-family="monospace"' : '';
      return [
        `<text x="${round(shape.x)}" y="${round(shape.y)}" fill="${theme[shape.fill]}"${family}>${escaped(shape.text)}</text>`,
      ];
    }
    case 'columns': {
      const path = columnsPath(shape.heights, shape.base);
      return path === '' ? [] : [`<path class="sources" d="${path}" fill="${theme[shape.fill]}"/>`];
    }
  }
}

function rectSvg(shape: Extract<Shape, { type: 'rect' }>, theme: Theme): string {
  const { x, y, width, height, fill, striped, stroke, dashed, opacity, mark } = shape;
  const paint = fill === undefined ? 'none' : striped === true ? 'url(#stripes)' : theme[fill];
  const attributes = [
    `x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, width))}" height="${round(Math.max(0, height))}" fill="${paint}"`,
    ...(stroke === undefined ? [] : [`stroke="${theme[stroke]}" stroke-width="1.5"`]),
    ...(dashed === true ? ['stroke-dasharray="4 2"'] : []),
    ...(opacity === undefined ? [] : [`opacity="${opacity}"`]),
    ...(mark === undefined ? [] : [`data-mark="${escaped(mark)}"`]),
  ];
  return `<rect ${attributes.join(' ')}/>`;
}

/** Neighbouring columns of one height are one piece. */
function columnsPath(heights: Float64Array, base: number): string {
  let path = '';
  for (let x = 0; x < heights.length; ) {
    const height = heights[x] ?? 0;
    let end = x + 1;
    while (end < heights.length && heights[end] === height) end += 1;
    if (height > 0) path += `M${x} ${round(base)}v${round(-height)}h${end - x}v${round(height)}z`;
    x = end;
  }
  return path;
}
