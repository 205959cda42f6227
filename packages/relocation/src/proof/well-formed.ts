import type { Range } from '@kexeckit/ioport';
import type { MemoryImage } from '../memory-image.ts';
import { hex, PAGE, PAGE_SIZE } from '../page.ts';
import { SEGMENTS_MAX } from '../segment.ts';
import { copiesOf, type StagePlan } from '../stage.ts';
import type { Ledger } from './ledger.ts';

/** Physical addresses have at most 52 bits (Arm ARM D8.1). */
const ADDRESS_LIMIT = 1n << 52n;
const FRAME_LIMIT = 2 ** 40;
const WORD_LIMIT = 1n << 64n;
const PLACEMENTS: readonly string[] = ['copied', 'in-place', 'delivered'];

type Complain = (owner: string, detail: string) => void;

/**
 * Whether every number of a plan is an address, a page frame number or a count, and no more pages are spoken of than were
 * loaded: nothing else is looked at in a plan that is not even that, and no check runs longer than the image is large.
 */
export function isWellFormed(stage: StagePlan, image: MemoryImage, ledger: Ledger): boolean {
  let isRight = true;
  const complain: Complain = (owner, detail) => {
    isRight = false;
    ledger.violated('numbers', undefined, [owner], detail);
  };
  checkState(stage, complain);
  checkAddresses(stage, complain);
  checkSegments(stage, complain);
  checkControlPages(stage, complain);
  checkCopies(stage, complain);
  if (isRight) checkAmounts(stage, image, complain);
  ledger.checked('numbers', 1);
  return isRight;
}

const isAddress = (value: bigint): boolean => value >= 0n && value < ADDRESS_LIMIT;
const isFrame = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < FRAME_LIMIT;
const isCount = (value: number): boolean => Number.isInteger(value) && value > 0 && value <= FRAME_LIMIT;

function checkState(stage: StagePlan, complain: Complain): void {
  const { exceptionLevel, breadcrumbs } = stage;
  if (exceptionLevel !== 1 && exceptionLevel !== 2) complain('stage', `there is no exception level ${exceptionLevel}`);
  if (stage.kind === 'relocation' && stage.mmu !== 'on' && stage.mmu !== 'off')
    complain('stage', `the MMU cannot be ${stage.mmu}`);
  if (breadcrumbs !== undefined && !isCount(breadcrumbs.everyPages))
    complain('console', `a mark every ${breadcrumbs.everyPages} pages`);
}

function checkAddresses(stage: StagePlan, complain: Complain): void {
  const { placement, breadcrumbs } = stage;
  const addresses: readonly (readonly [string, bigint | undefined])[] = [
    ['entry', placement.entry],
    ['dtb', placement.dtb],
    ['routine', stage.start],
    ['jump', stage.jump],
    ['halt', stage.halt],
    ['vectors', stage.vectors],
    ['console', breadcrumbs?.uart],
  ];
  for (const [owner, address] of addresses)
    if (address !== undefined && !isAddress(address)) complain(owner, `${hex(address)} is not a physical address`);
  if (stage.kind === 'relocation' && !(stage.head >= 0n && stage.head < WORD_LIMIT))
    complain('entry list', `its head ${hex(stage.head)} is not a 64-bit word`);
  const ranges: readonly (readonly [string, Range])[] = [
    ...(placement.region === undefined ? [] : [['region', placement.region] as const]),
    ...placement.ram.map((range) => ['ram', range] as const),
    ...stage.cleanAtLoad.map((range) => ['cleaned', range] as const),
  ];
  for (const [owner, { start, end }] of ranges)
    if (!isAddress(start) || !isAddress(end) || end < start)
      complain(owner, `${hex(start)} to ${hex(end)} is not a range of physical addresses`);
}

function checkSegments({ placement: { segments } }: StagePlan, complain: Complain): void {
  if (segments.length > SEGMENTS_MAX)
    complain('segments', `${segments.length} segments, where there can be ${SEGMENTS_MAX}`);
  for (const { name, mem, memsz, bufsz, placement } of segments) {
    if (!isAddress(mem) || memsz < 0n || mem + memsz > ADDRESS_LIMIT)
      complain(name, `${hex(memsz)} bytes at ${hex(mem)} are not physical memory`);
    if (bufsz < 0n || bufsz > memsz) complain(name, `${bufsz} bytes of content do not fit its ${memsz}`);
    if (!PLACEMENTS.includes(placement)) complain(name, `it cannot be ${placement}`);
  }
}

function checkControlPages({ controlPages }: StagePlan, complain: Complain): void {
  for (const { pfn, owner, bytes } of controlPages) {
    if (!isFrame(pfn)) complain(owner, `${pfn} is not a page frame number`);
    if (bytes.length !== PAGE_SIZE) complain(owner, `a control page has ${bytes.length} bytes`);
  }
}

function checkCopies(stage: StagePlan, complain: Complain): void {
  for (const { source, destination, pages } of copiesOf(stage))
    if (
      !isCount(pages) ||
      !isFrame(source) ||
      !isFrame(destination) ||
      !isFrame(Math.max(source, destination) + pages - 1)
    )
      complain('copies', `${pages} pages from ${source} to ${destination} are not a copy`);
}

function checkAmounts(stage: StagePlan, image: MemoryImage, complain: Complain): void {
  const { segments } = stage.placement;
  const planned = segments.reduce((sum, { memsz }) => sum + memsz / PAGE, 0n);
  const amounts: readonly (readonly [string, bigint])[] = [
    ['segments', planned],
    ['copies', BigInt(copiesOf(stage).pages)],
    ['cleaned', stage.cleanAtLoad.reduce((sum, { start, end }) => sum + end - start + 1n, 0n) / PAGE],
  ];
  for (const [owner, pages] of amounts)
    if (pages > BigInt(image.size)) complain(owner, `${pages} pages, but ${image.size} were loaded`);
}
