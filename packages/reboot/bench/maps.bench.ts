import type { Benchmark } from '@kexeckit/bench';
import { encodeImageHeader, parseImageHeader } from '@kexeckit/boot-image';
import { parseIomem, type ResourceTree } from '@kexeckit/ioport';
import { placeSegments, readMemoryMap, realityOf } from '@kexeckit/reboot';
import { planStage, scatteredAllocator, strategyNamed } from '@kexeckit/relocation';

const SIZES = [1000, 10_000, 100_000];
const BASE = 0x1_0000_0000;
/** Room for the segments, above all the small ranges. */
const LARGE = 'fff000000000-fff3ffffffff : System RAM\n';

const line = (start: number, end: number, name: string): string =>
  `${start.toString(16)}-${end.toString(16)} : ${name}\n`;

/** Ways in which a map can have many ranges: so many lines each. */
const shapes: Readonly<Record<string, (ranges: number) => string>> = {
  'small banks': (ranges) =>
    Array.from({ length: ranges }, (_, at) => line(BASE + at * 0x2_0000, BASE + at * 0x2_0000 + 0xffff, 'System RAM'))
      .concat(LARGE)
      .join(''),
  'reservations in one bank': (ranges) =>
    line(BASE, 0xfff3_ffff_ffff, 'System RAM') +
    Array.from(
      { length: ranges },
      (_, at) => `  ${line(BASE + at * 0x2_0000, BASE + at * 0x2_0000 + 0xfff, 'reserved')}`,
    ).join(''),
  'banks with a reservation each': (ranges) =>
    Array.from({ length: ranges / 2 }, (_, at) => {
      const start = BASE + at * 0x4_0000;
      return `${line(start, start + 0x1_ffff, 'System RAM')}  ${line(start + 0x1000, start + 0x1fff, 'reserved')}`;
    })
      .concat(LARGE)
      .join(''),
};

const header = parseImageHeader(encodeImageHeader({ imageSize: 13n << 20n }));
const cargo = { header, kernelSize: 13 << 20, initrdSize: 24 << 20, dtbSize: 4000 };
const features = {
  ...{ granules: ['4K'] as const, paBits: 48, sha256: true, vhe: false },
  ...{ dataLine: 64, instructionLine: 64 },
};

/** What planning does with a map: roles, RAM, free and destination pages, places, and the stage of 37 MiB. */
function planOn(tree: ResourceTree): void {
  const { memory } = realityOf({
    name: 'bench',
    memory: tree,
    cpus: 1,
    features,
    exceptionLevel: 1,
    dtb: new Uint8Array(),
  });
  const map = readMemoryMap(memory, strategyNamed('mmu-on'));
  const { segments, entry, dtb } = placeSegments(map.destinations, cargo);
  const allocator = scatteredAllocator(map.free, 1);
  planStage({ strategy: 'mmu-on', exceptionLevel: 1, ram: map.ram, segments, entry, dtb, allocator });
}

/** The whole of it for a map of so many ranges: it should grow in proportion. */
export const benchmarks: Benchmark[] = Object.entries(shapes).flatMap(([shape, textOf]) =>
  SIZES.map(
    (ranges): Benchmark => ({
      name: `plan on a map of ${ranges} ranges: ${shape}`,
      setup() {
        const tree = parseIomem(textOf(ranges));
        return () => planOn(tree);
      },
      operations: 1,
      samples: ranges < 100_000 ? undefined : 3,
      reference: {
        name: 'read the map only',
        setup() {
          const text = textOf(ranges);
          return () => {
            parseIomem(text);
          };
        },
      },
    }),
  ),
);
