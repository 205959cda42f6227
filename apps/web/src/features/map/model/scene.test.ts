import fc from 'fast-check';
import { expect, test } from 'vitest';
import { axisOf, type Scale } from './axis.ts';
import { lanes } from './layout.ts';
import { type Mark, markOf } from './marks.ts';
import { modelOf, noPlanPages, type PlanPages } from './model.ts';
import { countPages, type PageSet, pageSetOf } from './page-set.ts';
import { nextMark, nextPage, pickedAt, pickedById } from './pick.ts';
import { projectionOf, seenIn } from './projection.ts';
import { breaksOf, ticksOf } from './ruler.ts';
import { type Shape, sceneOf } from './scene.ts';
import { mapSvg } from './svg.ts';
import { lightTheme } from './theme.ts';
import { wholeView } from './view.ts';

const GIB = 2 ** 18;
const range = (first: number, pages: number) => ({
  start: BigInt(first) * 4096n,
  end: BigInt(first + pages) * 4096n - 1n,
});
const ram = (first: number, pages: number): Mark => markOf('memory', 'ram', 'System RAM', range(first, pages));
const pagesOf = (runs: readonly (readonly [number, number, number])[]): PageSet =>
  pageSetOf(
    Float64Array.from(runs, ([first]) => first),
    Float64Array.from(runs, ([, pages]) => pages),
    Float64Array.from(runs, ([, , other]) => other),
  );
const copies = (runs: readonly (readonly [number, number, number])[]): PlanPages => ({
  ...noPlanPages,
  sources: pagesOf(runs),
  arrivals: pagesOf(runs.map(([first, pages, other]) => [other, pages, first])),
});

/** Two banks with terabytes between, a kernel in the first one, and three runs of source pages in the second one. */
const FAR = 8192 * GIB;
const model = modelOf(
  [
    ram(GIB, 4 * GIB),
    ram(FAR, 4 * GIB),
    markOf('memory', 'old kernel', 'Kernel code', range(GIB + 512, 4096)),
    markOf('destination', 'kernel', 'kernel', range(GIB + 8192, 300)),
    markOf('destination', 'segment', 'odd', {
      start: BigInt(GIB + 8300) * 4096n + 8n,
      end: BigInt(GIB + 8400) * 4096n,
    }),
    markOf('found', 'found', 'order', range(FAR + 9, 1), 'kernel: overwritten'),
  ],
  copies([
    [FAR + 100, 2, GIB + 8192],
    [FAR + 200, 1, GIB + 8194],
    [FAR + GIB, 297, GIB + 8195],
  ]),
);

const project = (scale: Scale, from?: number, to?: number, width = 1000) => {
  const axis = axisOf(scale, model.extent);
  return projectionOf(axis, from === undefined || to === undefined ? wholeView(axis) : { from, to }, width);
};
const yOf = (name: string): number => {
  const lane = lanes.find((each) => each.name === name);
  return (lane?.top ?? 0) + (lane?.height ?? 0) / 2;
};
const columnsOf = (shapes: readonly Shape[]): Float64Array => {
  const found = shapes.find((shape) => shape.type === 'columns');
  return found?.type === 'columns' ? found.heights : new Float64Array();
};

test('what overlaps in a lane has a row of its own, and what does not shares one', () => {
  expect(model.rows.destination.map(({ marks }) => marks.map(({ name }) => name))).toEqual([['kernel'], ['odd']]);
  expect(model.rows.memory.map(({ marks }) => marks.length)).toEqual([1]);
});

test('a compressed map shows both banks side by side, a linear one shows terabytes between', () => {
  const compressed = project('compressed');
  expect(compressed.xOf(FAR) - compressed.xOf(5 * GIB)).toBeLessThan(30);
  expect(breaksOf(compressed)).toHaveLength(2);
  const linear = project('linear');
  expect(linear.xOf(FAR)).toBeGreaterThan(990);
  expect(breaksOf(linear)).toEqual([]);
});

test('addresses on the ruler are round, apart, and where they stand', () => {
  const projection = project('linear', GIB, GIB + 100);
  const ticks = ticksOf(projection);
  expect(ticks.length).toBeGreaterThan(4);
  for (const { x, address } of ticks) expect(projection.xOf(Number(address) / 4096)).toBeCloseTo(x);
  expect(new Set(ticks.slice(1).map(({ address }) => address % 0x4000n))).toEqual(new Set([0n]));
  for (const [at, { x }] of ticks.slice(1).entries()) expect(x - (ticks[at]?.x ?? 0)).toBeGreaterThan(90);
});

test('within a page the ruler has bytes', () => {
  const [first, second] = ticksOf(project('linear', GIB, GIB + 2));
  expect((second?.address ?? 0n) - (first?.address ?? 0n)).toBe(0x400n);
});

test('from afar pages are columns, the densest one full; from near each is drawn between the bounds of its page', () => {
  const far = sceneOf(model, project('linear', FAR, FAR + 2 * GIB)).shapes;
  const heights = columnsOf(far);
  expect([...heights].filter((height) => height > 0)).toHaveLength(2);
  expect(Math.max(...heights)).toBe(44);
  const near = project('linear', FAR + 95, FAR + 105);
  const pages = sceneOf(model, near).shapes.filter((shape) => shape.type === 'rect' && shape.fill === 'source');
  expect(pages.map((shape) => (shape.type === 'rect' ? [shape.x, shape.width] : []))).toEqual([
    [500, 99],
    [600, 99],
  ]);
});

test('a million pages are drawn with no more shapes than the picture is wide', () => {
  const all = Float64Array.from({ length: 1_000_000 }, (_, at) => GIB + 3 * at);
  const there = Float64Array.from({ length: 1_000_000 }, (_, at) => FAR + at);
  const single = new Float64Array(1_000_000).fill(1);
  const big = modelOf([ram(GIB, 16 * GIB), ram(FAR, 16 * GIB)], {
    sources: pageSetOf(all, single, there),
    arrivals: pageSetOf(there, single, all),
    own: { ...noPlanPages.own, table: pageSetOf(all, single) },
  });
  const axis = axisOf('compressed', big.extent);
  for (const pages of [axis.end, 200_000, 3000, 100]) {
    const projection = projectionOf(axis, { from: GIB, to: GIB + pages }, 1000);
    expect(sceneOf(big, projection).shapes.length).toBeLessThan(2600);
  }
});

test('property: no mark that is wider than a pixel is passed over, and drawn are at most so many as there are pixels', () => {
  const marks = fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: 400 })), { maxLength: 80 });
  fc.assert(
    fc.property(marks, fc.nat(3000), fc.integer({ min: 2, max: 3000 }), (spans, from, size) => {
      const some = modelOf([
        ram(0, 6000),
        ...spans.map(([first, pages]) => markOf('memory', 'reserved', 'r', range(first, pages))),
      ]);
      const projection = projectionOf(axisOf('linear', some.extent), { from, to: from + size }, 100);
      for (const row of some.rows.memory) {
        const seen = [...seenIn(row, projection)];
        expect(seen.length).toBeLessThanOrEqual(102);
        const drawn = new Set(seen.map(({ index }) => index));
        for (const at of row.marks.keys()) {
          const [left, right] = [projection.xOf(row.first[at] ?? 0), projection.xOf(row.end[at] ?? 0)];
          if (right > 0 && left < 100 && right - left > 1) expect(drawn.has(at)).toBe(true);
        }
      }
    }),
  );
});

test('a page that is pointed at says where it goes, and to which page of which segment', () => {
  const near = project('linear', FAR + 95, FAR + 105);
  expect(pickedAt(model, near, 650, yOf('source'))).toEqual({
    name: 'Source page',
    code: `0x${((FAR + 101) * 4096).toString(16)}–0x${((FAR + 102) * 4096 - 1).toString(16)}`,
    text: `copied to 0x${((GIB + 8193) * 4096).toString(16)}, page 2 of kernel`,
    id: `page@0x${((FAR + 101) * 4096).toString(16)}`,
    frames: { first: FAR + 101, end: FAR + 102 },
    links: [{ source: FAR + 101, destination: GIB + 8193 }],
  });
  expect(pickedAt(model, near, 50, yOf('source'))).toBeUndefined();
});

test('pages that share a pixel are counted, and lead to where each run goes', () => {
  const projection = project('linear', FAR, FAR + 400, 100);
  const picked = pickedAt(model, projection, 25, yOf('source'));
  expect([picked?.name, picked?.links]).toEqual(['2 source pages', [{ source: FAR + 100, destination: GIB + 8192 }]]);
});

test('a destination says which page comes to it', () => {
  const projection = project('linear', GIB + 8190, GIB + 8200);
  const picked = pickedAt(model, projection, 420, laneTop('destination') + 3);
  expect(picked?.name).toBe('kernel');
  expect(picked?.text).toContain(
    `0x${((GIB + 8194) * 4096).toString(16)} is copied from 0x${((FAR + 200) * 4096).toString(16)}`,
  );
});

const laneTop = (name: string): number => lanes.find((each) => each.name === name)?.top ?? 0;

test('a range that ends within a page tells the whole pages too', () => {
  const picked = pickedById(model, [], `segment@0x${(BigInt(GIB + 8300) * 4096n + 8n).toString(16)}`);
  expect(picked?.text).toContain(`101 pages · 400 KiB · whole pages 0x${((GIB + 8300) * 4096).toString(16)}–`);
});

test('a narrow mark is found beside the RAM that it stands on', () => {
  const projection = project('linear', 0, 8 * GIB);
  const x = projection.xOf(GIB + 512);
  expect(pickedAt(model, projection, x + 1, yOf('memory'))?.name).toBe('Kernel code');
  expect(pickedAt(model, projection, x + 30, yOf('memory'))?.name).toBe('System RAM');
  expect(pickedAt(model, projection, 1, yOf('memory'))).toBeUndefined();
});

test('an id names what it named, and nothing else names anything', () => {
  const found = `found@0x${((FAR + 9) * 4096).toString(16)}`;
  expect(pickedById(model, [], found)?.text).toContain('kernel: overwritten');
  const row = { name: 'r', start: 0x1000n, end: 0x1fffn, depth: 0, within: 0 };
  expect(pickedById(model, [row], 'row@0')?.code).toBe('0x1000–0x1fff');
  for (const id of [undefined, '', 'row@1', 'row@-1', 'page@0x0', 'page@zz', '__proto__', 'page@'])
    expect(pickedById(model, [row], id)).toBeUndefined();
});

test('keys go from mark to mark by address, and from page to page over the gaps', () => {
  const names: (string | undefined)[] = [];
  for (let id = nextMark(model, undefined, 1, 0); id !== undefined; id = nextMark(model, id, 1, 0))
    names.push(pickedById(model, [], id)?.name);
  expect(names).toEqual(['System RAM', 'Kernel code', 'kernel', 'odd', 'System RAM', 'order']);
  expect(nextMark(model, undefined, 1, FAR + 1)).toBe(model.marks[4]?.id);
  const pages = [FAR + 100, FAR + 101, FAR + 200, FAR + GIB];
  for (const [at, pfn] of pages.slice(1).entries()) {
    expect(nextPage(model, pages[at] ?? 0, 1)).toBe(pfn);
    expect(nextPage(model, pfn, -1)).toBe(pages[at]);
  }
  expect(nextPage(model, FAR + 100, -1)).toBeUndefined();
  expect(nextPage(model, FAR + GIB + 296, 1)).toBeUndefined();
});

test('marks that begin at the same address have ids of their own', () => {
  const twice = modelOf([ram(0, 10), ram(0, 20)]);
  expect(twice.marks.map(({ id }) => id)).toEqual(['ram@0x0', 'ram@0x0.2']);
});

test('an SVG has the marks of the window, its legend and its ruler, and no name can break it', () => {
  const named = modelOf(
    [...model.marks, markOf('memory', 'reserved', '</text><script>"&', range(GIB, 9))],
    model.pages,
  );
  const window = { scale: 'compressed', width: 800, title: 'a <b> & "c"' } as const;
  const svg = mapSvg(named, window, lightTheme);
  for (const { id } of model.marks) expect(svg).toContain(`data-mark="${id}"`);
  expect(svg).toContain('<title>a &lt;b&gt; &amp; &quot;c&quot;</title>');
  expect(svg).not.toMatch(/<script|var\(|NaN|undefined|Infinity/);
  for (const name of ['System RAM', 'running kernel', 'source page', 'found wrong'])
    expect(svg).toContain(`>${name}</text>`);
  expect(svg).toContain('>0x40000000</text>');
  expect(svg.match(/class="sources"/g)).toHaveLength(1);
  const near = mapSvg(named, { ...window, scale: 'linear', view: { from: FAR, to: FAR + 50 } }, lightTheme);
  expect(near).not.toContain('Kernel code');
  expect(near).not.toContain(model.marks[1]?.id);
});

test('property: the columns of a picture hold every page of its window', () => {
  const runs = fc.array(fc.tuple(fc.nat(50_000), fc.integer({ min: 1, max: 50 }), fc.nat(1000)), { maxLength: 50 });
  fc.assert(
    fc.property(runs, fc.nat(40_000), fc.integer({ min: 500, max: 20_000 }), (some, from, size) => {
      const of = modelOf([ram(0, 60_000)], copies(some));
      const axis = axisOf('linear', of.extent);
      const heights = columnsOf(sceneOf(of, projectionOf(axis, { from, to: from + size }, 100)).shapes);
      const filled = heights.filter((height) => height > 0).length;
      expect(filled > 0).toBe(countPages(of.pages.sources, from, from + size) > 0);
      expect(heights).toHaveLength(100);
    }),
  );
});

test('the ruler writes no address over another, nor beyond the edge', () => {
  for (const [from, to, width] of [
    [0, FAR + 4 * GIB, 1000],
    [0, FAR + 4 * GIB, 290],
    [GIB + 99, GIB + 140, 515],
    [GIB, GIB + 3 * GIB, 777],
  ] as const)
    for (const scale of ['linear', 'compressed'] as const) {
      const { shapes } = sceneOf(model, project(scale, from, to, width));
      const labels = shapes.filter((shape) => shape.type === 'text' && shape.isCode === true);
      const places = labels.map((shape) =>
        shape.type === 'text' ? [shape.x, shape.x + 7 * shape.text.length] : [0, 0],
      );
      expect(places.length).toBeGreaterThan(0);
      for (const [at, [left = 0, right = 0]] of places.entries()) {
        expect(left).toBeGreaterThanOrEqual(places[at - 1]?.[1] ?? 0);
        expect(right).toBeLessThanOrEqual(width);
      }
    }
});

test('of two marks beside each other the one that is pointed at is told, however narrow it is', () => {
  const two = modelOf([
    markOf('memory', 'reserved', 'wide', range(0, 1000)),
    markOf('memory', 'reserved', 'narrow', range(1000, 4)),
    markOf('memory', 'reserved', 'next', range(1004, 1000)),
  ]);
  const projection = projectionOf(axisOf('linear', two.extent), { from: 0, to: 2004 }, 2004);
  const at = (x: number): string | undefined => pickedAt(two, projection, x, yOf('memory'))?.name;
  expect([at(990), at(998), at(1002), at(1006)]).toEqual(['wide', 'wide', 'narrow', 'next']);
});

/** How many parts of the axis are looked at for a picture of so many banks with holes between, and how many shapes it has. */
function workOf(banks: number): { looks: number; shapes: number } {
  const model = modelOf(Array.from({ length: banks }, (_, at) => ram(GIB + 32 * at, 2)));
  const axis = axisOf('compressed', model.extent);
  let looks = 0;
  const parts = new Proxy(axis.parts, {
    get: (target, name, receiver) => {
      if (typeof name === 'string' && /^\d+$/.test(name)) looks += 1;
      return Reflect.get(target, name, receiver);
    },
  });
  const counted = { ...axis, parts };
  const { shapes } = sceneOf(model, projectionOf(counted, wholeView(axis), 1000));
  return { looks, shapes: shapes.length };
}

test('a picture of a hundred thousand banks takes no more work than its width asks for', () => {
  const [few, many] = [workOf(4000), workOf(100_000)];
  expect(many.shapes).toBeLessThan(4 * 1000);
  // Only the binary searches are longer.
  expect(many.looks / few.looks).toBeLessThan(1.6);
});
