import type { Entry } from './entry.ts';
import { CpioError } from './error.ts';

/** The types of files in a mode: S_IFREG and its kin, inode(7). */
const TYPE = { file: 0o100000, folder: 0o040000, link: 0o120000, character: 0o020000, block: 0o060000 };

const TRAILER = 'TRAILER!!!';
/** "070701" and 13 fields of 8 hexadecimal digits (Documentation/driver-api/early-userspace/buffer-format.rst). */
const HEADER_SIZE = 6 + 13 * 8;
const MAX_32 = 0xffff_ffff;

/** What the archive says of one entry. */
interface Member {
  readonly name: Uint8Array;
  readonly mode: number;
  readonly data: Uint8Array;
  readonly device?: { readonly major: number; readonly minor: number };
}

/**
 * Entries as a newc cpio archive, which Linux unpacks as its initramfs. Folders that are needed and not given are made.
 * The same entries give the same bytes: everything belongs to root and is of 1970.
 *
 * @throws CpioError `EINVAL` for a path that is not one, or that comes twice; `EFBIG` for a file of 4 GiB or more.
 */
export function cpio(entries: readonly Entry[]): Uint8Array {
  const encoder = new TextEncoder();
  const members = [...withFolders(entries)].map(memberOf);
  const trailer: Member = { name: encoder.encode(TRAILER), mode: 0, data: new Uint8Array(0) };
  const all = [...members, trailer];
  const archive = new Uint8Array(all.reduce((size, member) => size + sizeOf(member), 0));
  let offset = 0;
  for (const [index, member] of all.entries()) {
    const header = encoder.encode(headerOf(member, member === trailer ? 0 : index + 1));
    archive.set(header, offset);
    archive.set(member.name, offset + HEADER_SIZE);
    archive.set(member.data, offset + dataOffset(member));
    offset += sizeOf(member);
  }
  return archive;
}

/** The entries by path, each behind the folders that it stands in. */
function withFolders(entries: readonly Entry[]): Iterable<Entry> {
  const all = new Map<string, Entry>();
  for (const entry of entries) {
    const parts = partsOf(entry.path);
    for (let depth = 1; depth < parts.length; depth++) {
      const path = parts.slice(0, depth).join('/');
      const parent = all.get(path) ?? { kind: 'folder', path };
      if (parent.kind !== 'folder') throw unusable(entry.path, `its ${path} is no folder`);
      all.set(path, parent);
    }
    const known = all.get(entry.path);
    if (known !== undefined && !(known.kind === 'folder' && entry.kind === 'folder'))
      throw unusable(entry.path, 'it is there already');
    all.set(entry.path, entry);
  }
  return all.values();
}

function partsOf(path: string): string[] {
  const parts = path.split('/');
  if (parts.some((part) => ['', '.', '..', TRAILER].includes(part) || part.includes('\0')))
    throw unusable(path, 'it is no plain path from the root');
  return parts;
}

const unusable = (path: string, why: string): CpioError =>
  new CpioError(
    'EINVAL',
    `cannot put ${JSON.stringify(path)} into an archive: ${why}`,
    'give each thing one plain path',
  );

/** Whether a header can say that. */
const isField = (value: number, most: number = MAX_32): boolean =>
  Number.isInteger(value) && value >= 0 && value <= most;

const tooLarge = (path: string): CpioError =>
  new CpioError(
    'EFBIG',
    `${JSON.stringify(path)} has 4 GiB or more`,
    'an archive names sizes of 32 bits: leave it out',
  );

function memberOf(entry: Entry): Member {
  const encoder = new TextEncoder();
  const name = encoder.encode(entry.path);
  if ('mode' in entry && !isField(entry.mode ?? 0, 0o7777)) throw unusable(entry.path, 'its permissions are none');
  switch (entry.kind) {
    case 'folder':
      return { name, mode: TYPE.folder | (entry.mode ?? 0o755), data: new Uint8Array(0) };
    case 'link':
      if (entry.target === '') throw unusable(entry.path, `${entry.path} leads nowhere`);
      return { name, mode: TYPE.link | 0o777, data: encoder.encode(entry.target) };
    case 'device': {
      const { type, major, minor, mode = 0o600 } = entry;
      if (!isField(major) || !isField(minor)) throw unusable(entry.path, `${entry.path} is no device`);
      return { name, mode: TYPE[type] | mode, data: new Uint8Array(0), device: { major, minor } };
    }
    case 'file': {
      const { content, mode = 0o644 } = entry;
      const data = typeof content === 'string' ? encoder.encode(content) : content;
      if (data.length > MAX_32) throw tooLarge(entry.path);
      return { name, mode: TYPE.file | mode, data };
    }
  }
}

function headerOf({ name, mode, data, device }: Member, inode: number): string {
  const isFolder = (mode & 0o170000) === TYPE.folder;
  const owner = [0, 0]; // uid, gid
  const times = [isFolder ? 2 : 1, 0]; // nlink, mtime
  const where = [0, 0, device?.major ?? 0, device?.minor ?? 0]; // devmajor, devminor, rdevmajor, rdevminor
  const fields = [inode, mode, ...owner, ...times, data.length, ...where, name.length + 1, 0];
  return `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
}

const aligned = (size: number): number => (size + 3) & ~3;
/** The name ends with a NUL; the data begin at the next multiple of 4. */
const dataOffset = ({ name }: Member): number => aligned(HEADER_SIZE + name.length + 1);
const sizeOf = (member: Member): number => dataOffset(member) + Math.ceil(member.data.length / 4) * 4;
