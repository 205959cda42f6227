import type { Range } from '@kexeckit/ioport';
import {
  addBuffer,
  addressOf,
  type BufferPlaces,
  type BufferRequest,
  CopyRuns,
  checkSegments,
  crashControlPages,
  findPlace,
  isDestination,
  Kimage,
  type PageAllocator,
  pfnOf,
  RelocationError,
  type Segment,
} from '@kexeckit/relocation';
import { arrayOf, bool, type Fields, hex, num, objectOf, text, u64, type VectorCase } from '@kexeckit/vectors';

/** The functions that the relocation package answers for. */
export const functions = [
  'sanity_check_segment_list',
  'kimage_is_destination_range',
  'kimage_alloc_crash_control_pages',
  'kimage_alloc_normal_control_pages',
  'kimage_load',
  'kexec_add_buffer',
  'kexec_locate_mem_hole',
] as const;

/** What the package says to a case, in the shape of the vectors' `output`. */
export function answer({ fn, input }: VectorCase): unknown {
  const fields = objectOf(input);
  switch (fn) {
    case 'sanity_check_segment_list':
      return { ret: retOf(() => checkSegments(segmentsOf(fields), boundsOf(fields))) };
    case 'kimage_is_destination_range':
      return { ret: isDestination(segmentsOf(fields), u64(fields, 'start'), u64(fields, 'end')) ? 1 : 0 };
    case 'kimage_alloc_crash_control_pages':
      return crashControl(fields);
    case 'kimage_alloc_normal_control_pages':
      return normalControl(fields);
    case 'kimage_load':
      return load(fields);
    case 'kexec_add_buffer':
      return addBuffers(fields);
    default:
      return { results: buffersOf(fields).map((request) => located(request, placesOf(fields, segmentsOf(fields)))) };
  }
}

const errnos = {
  EINVAL: -22,
  EADDRNOTAVAIL: -99,
  ENOMEM: -12,
  ENOSPC: -28,
  EBUSY: -16,
  EALREADY: -114,
  ENOENT: -2,
} as const;

/** 0, or the error number that the work failed with. */
function retOf(work: () => void): number {
  try {
    work();
    return 0;
  } catch (error) {
    if (error instanceof RelocationError) return errnos[error.code];
    throw error;
  }
}

function segmentsOf(fields: Fields): Segment[] {
  return arrayOf(fields.segments).map((segment, index) => {
    const { mem, memsz, bufsz } = {
      mem: u64(objectOf(segment), 'mem'),
      memsz: u64(objectOf(segment), 'memsz'),
      bufsz: u64(objectOf(segment), 'bufsz'),
    };
    return { name: String(index), mem, memsz, bufsz };
  });
}

function rangeOf(value: unknown): Range | undefined {
  if (value === undefined) return undefined;
  const [start, end] = arrayOf(value);
  return { start: BigInt(String(start)), end: BigInt(String(end)) };
}

function limitOf(fields: Fields, name: string): bigint | undefined {
  return fields.limits === undefined ? undefined : u64(objectOf(fields.limits), name);
}

function boundsOf(fields: Fields): Parameters<typeof checkSegments>[1] {
  const crashRegion = fields.type === 'crash' ? rangeOf(fields.crashk_res) : undefined;
  const destinationLimit = limitOf(fields, 'destination');
  return {
    totalRamPages: u64(fields, 'totalram_pages'),
    ...(crashRegion && { crashRegion }),
    ...(destinationLimit !== undefined && { destinationLimit }),
  };
}

function crashControl(fields: Fields): unknown {
  const region = rangeOf(fields.crashk_res) ?? { start: 0n, end: 0n };
  const pages = crashControlPages(segmentsOf(fields), region, limitOf(fields, 'control'));
  const found = arrayOf(fields.orders).map((order) => pages.allocate(Number(order)));
  return { pages: found.map((page) => (page === undefined ? null : hex(page))), control_page: hex(pages.next) };
}

/** The vectors' page allocator: what it hands out in order, and what was given back. */
class QueueAllocator implements PageAllocator {
  readonly freed: [string, number][] = [];
  readonly used: Record<string, number> = {};
  readonly #queues = new Map<number, number[]>();
  readonly #reuse: boolean;

  constructor(fields: Fields) {
    this.#reuse = bool(fields, 'reuse_freed');
    for (const [order, runs] of Object.entries(objectOf(fields.alloc)))
      this.#queues.set(Number(order), arrayOf(runs).flatMap(pagesOfRun));
  }

  allocate(order: number): number | undefined {
    const pfn = this.#queues.get(order)?.shift();
    if (pfn !== undefined) this.used[order] = (this.used[order] ?? 0) + 1;
    return pfn;
  }

  free(pfn: number, order: number): void {
    this.freed.push([hex(addressOf(pfn)), order]);
    if (this.#reuse) this.#queues.get(order)?.unshift(pfn);
  }
}

/** `[first address, count, step in pages]`. */
function pagesOfRun(run: unknown): number[] {
  const [first, count, step] = arrayOf(run);
  return Array.from({ length: Number(count) }, (_, index) => pfnOf(BigInt(String(first))) + index * Number(step));
}

function imageOf(fields: Fields, segments: readonly Segment[], allocator: PageAllocator): Kimage {
  const [source, control] = [limitOf(fields, 'source'), limitOf(fields, 'control')];
  return new Kimage(segments, allocator, {
    ...(source !== undefined && { source }),
    ...(control !== undefined && { control }),
  });
}

function normalControl(fields: Fields): unknown {
  const allocator = new QueueAllocator(fields);
  const image = imageOf(fields, segmentsOf(fields), allocator);
  const pages = arrayOf(fields.orders).map((order) => pageOrNull(image, Number(order)));
  const kept = pages.filter((page) => page !== null);
  return { pages, control_pages: kept.toReversed(), freed: allocator.freed, used: allocator.used };
}

function pageOrNull(image: Kimage, order: number): string | null {
  let page: string | null = null;
  retOf(() => {
    page = hex(addressOf(image.controlPage(order)));
  });
  return page;
}

/** Segment check, control code page, swap page, every segment, the end of the list: as a load goes. */
function load(fields: Fields): unknown {
  const segments = segmentsOf(fields);
  const allocator = new QueueAllocator(fields);
  const image = imageOf(fields, segments, allocator);
  const control: (string | null)[] = [null, null];
  let failedSegment: number | undefined;
  const stages: [string, () => void][] = [
    ['sanity', () => checkSegments(segments, boundsOf(fields))],
    ['control', () => control.splice(0, 1, hex(addressOf(image.controlPage(num(fields, 'control_order')))))],
    ['swap', () => control.splice(1, 1, hex(addressOf(image.controlPage(0))))],
    [
      'load',
      () => {
        for (const [index, segment] of segments.entries()) {
          failedSegment = index;
          image.loadSegment(segment);
        }
        failedSegment = undefined;
      },
    ],
    ['done', () => image.terminate()],
  ];
  let [stage, ret] = ['', 0];
  for (const [name, work] of stages) {
    stage = name;
    ret = retOf(work);
    if (ret !== 0) break;
  }
  const words = entryWords(image);
  return {
    ret,
    stage,
    ...(failedSegment !== undefined && { failed_segment: failedSegment }),
    control_code_page: control[0],
    swap_page: control[1],
    entries: runLength(words),
    dest_pages: image.parked.map((pfn) => hex(addressOf(pfn))),
    unusable_pages: image.unusable.map((pfn) => hex(addressOf(pfn))),
    freed: allocator.freed,
    used: allocator.used,
    ...(ret === 0 && { ...placement(image) }),
  };
}

/** The list's words in walk order, the head first. */
function entryWords(image: Kimage): bigint[] {
  const words = image.head === 0n ? [] : [image.head];
  for (const list of image.lists) for (const word of list.words) if (word !== 0n) words.push(word);
  return words;
}

/** Runs of three or more source words a page apart are written `[first, count, step]`. */
function runLength(words: readonly bigint[]): unknown[] {
  const written: unknown[] = [];
  for (let at = 0; at < words.length; ) {
    const word = words[at] ?? 0n;
    const step = (words[at + 1] ?? 0n) - word;
    let count = 1;
    if ((word & 8n) !== 0n && (step === 4096n || step === -4096n)) {
      while (words[at + count] === word + step * BigInt(count)) count += 1;
    }
    if (count >= 3) written.push([hex(word), count, Number(step)]);
    else count = 1;
    if (count === 1) written.push(hex(word));
    at += count;
  }
  return written;
}

/** Runs that are longer than this list are left out of the vectors. */
const PLACEMENT_RUNS = 48;

function placement(image: Kimage): Fields {
  const copies = CopyRuns.ofSegments(image.loaded);
  const runs: [bigint, bigint, number][] = [];
  let inPlace = 0;
  for (const { source, destination, pages: count } of copies) {
    if (destination === source) inPlace += count;
    const last = runs.at(-1);
    const [to, from] = [addressOf(destination), addressOf(source)];
    const pages = BigInt(last?.[2] ?? 0) * 4096n;
    if (last !== undefined && last[0] + pages === to && last[1] + pages === from) last[2] += count;
    else runs.push([to, from, count]);
  }
  return {
    ...(runs.length <= PLACEMENT_RUNS && { placement: runs.map(([to, from, pages]) => [hex(to), hex(from), pages]) }),
    in_place: inPlace,
    copied: copies.pages - inPlace,
    content_ok: true,
  };
}

const SYSTEM_RAM_BUSY = 0x81000200n;
const DRIVER_MANAGED = 0x2000000n;

function placesOf(fields: Fields, segments: readonly Segment[]): BufferPlaces {
  const crash = text(fields, 'type') === 'crash' ? rangeOf(fields.crashk_res) : undefined;
  const ram = arrayOf(fields.ram)
    .map(objectOf)
    .filter(
      (entry) =>
        (u64(entry, 'flags') & SYSTEM_RAM_BUSY) === SYSTEM_RAM_BUSY && (u64(entry, 'flags') & DRIVER_MANAGED) === 0n,
    )
    .map((entry) => ({ start: u64(entry, 'start'), end: u64(entry, 'end') }))
    .sort((a, b) => (a.start < b.start ? -1 : 1));
  const contiguous = fields.cma === undefined || crash !== undefined ? undefined : u64(fields, 'cma');
  return { ranges: crash === undefined ? ram : [crash], segments, contiguous };
}

function buffersOf(fields: Fields): BufferRequest[] {
  const unknown = fields.mem_unknown === undefined ? 0n : u64(fields, 'mem_unknown');
  return arrayOf(fields.bufs)
    .map(objectOf)
    .map((buffer, index) => {
      const mem = buffer.mem === undefined ? unknown : u64(buffer, 'mem');
      return {
        name: String(index),
        bufsz: u64(buffer, 'bufsz'),
        memsz: u64(buffer, 'memsz'),
        align: u64(buffer, 'buf_align'),
        min: u64(buffer, 'buf_min'),
        max: u64(buffer, 'buf_max'),
        topDown: bool(buffer, 'top_down'),
        ...(mem !== unknown && { mem }),
      };
    });
}

function located(request: BufferRequest, places: BufferPlaces): unknown {
  let found = {};
  const ret = retOf(() => {
    const { mem, isContiguous } = findPlace(request, places);
    found = { mem: hex(mem), ...(isContiguous && { cma: true }) };
  });
  return { ret, ...found };
}

function addBuffers(fields: Fields): unknown {
  const segments = segmentsOf(fields);
  const results = buffersOf(fields).map((request) => {
    let found = {};
    const ret = retOf(() => {
      const { segment, isContiguous } = addBuffer(request, placesOf(fields, segments));
      segments.push(segment);
      found = { mem: hex(segment.mem), memsz: hex(segment.memsz), ...(isContiguous && { cma: true }) };
    });
    return { ret, ...found };
  });
  return { results, segments: segments.map(({ mem, memsz, bufsz }) => [hex(mem), hex(memsz), hex(bufsz)]) };
}
