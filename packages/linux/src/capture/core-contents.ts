import {
  descendantsOf,
  findByName,
  mergeRanges,
  type Range,
  type ResourceTree,
  rangeSize,
  sortRanges,
  subtractRanges,
  systemRam,
} from '@kexeckit/ioport';
import { LinuxError, type LinuxErrorCode } from '../error.ts';
import { DiskFiles } from '../files/disk.ts';
import type { HostFiles } from '../files/host-files.ts';
import { readValue, type Wanted } from '../read-value.ts';
import { known, type Reading, type Unread, unknown } from '../reading.ts';
import type { CoreContents, CoreLoad, CorePart } from './elf-core-header.ts';
import { type AddressMap, readAddressMap } from './vmcoreinfo.ts';

const CPUS = '/sys/devices/system/cpu';

/**
 * What a dump of the running kernel has to hold: the notes of each CPU that is present, vmcoreinfo, the kernel itself where it
 * runs, and all System RAM but the regions of the crash kernel.
 *
 * @throws LinuxError where the kernel does not say where its notes are: the code of why that could not be read.
 */
export async function readCoreContents(root: string, memory: ResourceTree): Promise<CoreContents> {
  const files = new DiskFiles(root);
  const cpus = needed(await readCpuNotes(files));
  const info = needed(await readValue(files, '/sys/kernel/vmcoreinfo', VMCOREINFO));
  const map = await readAddressMap(root);
  return { notes: [...cpus, info], loads: coreLoads(memory, map.ok ? map.value : undefined) };
}

function needed<T>(reading: Reading<T>): T {
  if (reading.ok) return reading.value;
  const { path, code, reason }: Unread = reading.unread;
  const named: LinuxErrorCode = code === 'ENOENT' || code === 'EACCES' || code === 'EPERM' ? code : 'EIO';
  throw new LinuxError(
    named,
    `a dump cannot be described, because ${path} cannot be read: ${reason}`,
    'run as root, with a kernel that can dump (CONFIG_CRASH_DUMP)',
    { path },
  );
}

async function readCpuNotes(files: HostFiles): Promise<Reading<readonly CorePart[]>> {
  const found = await files.list(CPUS);
  if (!found.ok) return found;
  const names = found.value.map(({ name }) => name).filter((name) => /^cpu\d+$/.test(name));
  names.sort((a, b) => Number(a.slice(3)) - Number(b.slice(3)));
  const notes: CorePart[] = [];
  for (const name of names) {
    const address = await readValue(files, `${CPUS}/${name}/crash_notes`, ADDRESS);
    // A CPU that is not there yet has a folder at most.
    if (!address.ok && address.unread.code === 'ENOENT') continue;
    if (!address.ok) return address;
    const size = await readValue(files, `${CPUS}/${name}/crash_notes_size`, SIZE);
    if (!size.ok) return size;
    notes.push({ address: address.value, size: size.value });
  }
  return notes.length === 0 ? unknown(CPUS, 'ENOENT', 'it lists no CPU with crash_notes') : known(notes);
}

/** Zero is what somebody reads who may not know. */
const ADDRESS: Wanted<bigint> = {
  wanted: 'an address',
  parse: (text) => {
    const value = /^[0-9a-f]{1,16}$/.test(text.trim()) ? BigInt(`0x${text.trim()}`) : 0n;
    return value === 0n ? undefined : value;
  },
};

const SIZE: Wanted<bigint> = {
  wanted: 'a size',
  parse: (text) => (/^\d{1,9}$/.test(text) ? BigInt(text) : undefined),
};

/** A physical address and a size, both in hexadecimal: `0x0000000047a00000 1024`. */
const VMCOREINFO: Wanted<CorePart> = {
  wanted: 'an address and a size',
  parse: (text) => {
    const match = /^0x([0-9a-f]{1,16}) ([0-9a-f]{1,8})$/.exec(text);
    const part = match && { address: BigInt(`0x${match[1]}`), size: BigInt(`0x${match[2]}`) };
    return part && part.address !== 0n ? part : undefined;
  },
};

/**
 * The parts of memory of a dump, the kernel's own text and data first: kexec-tools and the kernel's kexec_file_load list it once
 * more under the addresses that it runs at, which debuggers look for.
 *
 * @param map without it nobody knows virtual addresses, and they are 0: makedumpfile and crash take theirs from vmcoreinfo.
 */
export function coreLoads(memory: ResourceTree, map: AddressMap | undefined): CoreLoad[] {
  const ram = subtractRanges(allRam(memory), rangesOf(memory, 'Crash kernel'));
  const at = (range: Range, offset: bigint | undefined): CoreLoad => ({
    address: range.start,
    size: rangeSize(range),
    virtual: offset === undefined ? 0n : BigInt.asUintN(64, range.start + offset),
  });
  const image = imageOf(memory);
  return [
    ...(image === undefined || map === undefined ? [] : [at(image, map.image)]),
    ...ram.map((range) => at(range, map?.linear)),
  ];
}

/**
 * System RAM, and what drivers have added to it, at any depth: `System RAM (kmem)`, and before Linux 5.8 `System RAM` inside of
 * a device. No segment may go there, and yet the kernel uses it: memblock has it, which kexec_file_load takes its headers from.
 */
function allRam(memory: ResourceTree): Range[] {
  const own = systemRam(memory);
  const named = [...descendantsOf(memory.root)].filter(({ name }) => /^System RAM(?: \(.*\))?$/.test(name ?? ''));
  return sortRanges([...own, ...subtractRanges(mergeRanges(named.map(({ start, end }) => ({ start, end }))), own)]);
}

const rangesOf = (memory: ResourceTree, name: string): Range[] =>
  sortRanges(findByName(memory, name).map(({ start, end }) => ({ start, end })));

/** From the first byte of text to the last of data. */
function imageOf(memory: ResourceTree): Range | undefined {
  const [code] = rangesOf(memory, 'Kernel code');
  const data = rangesOf(memory, 'Kernel data').at(-1);
  if (code === undefined || data === undefined || data.end < code.start) return undefined;
  return { start: code.start, end: data.end };
}
