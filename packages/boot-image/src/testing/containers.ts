import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type FdtNode, type FdtProperty, serializeFdt, stringValue, u32Value } from '@kexeckit/fdt';
import { concat, withFields, withText } from './make.ts';

/** What a node has: texts, numbers and bytes are properties, everything else is a node. */
export interface NodeFields {
  [name: string]: string | number | Uint8Array | NodeFields;
}

/** A FIT image, or any other tree, of these nodes. */
export function makeFit(fields: NodeFields): Uint8Array {
  return serializeFdt({ bootCpuidPhys: 0, reservations: [], root: nodeOf('', fields) });
}

function nodeOf(name: string, fields: NodeFields): FdtNode {
  const node: FdtNode = { name, properties: [], children: [] };
  for (const [key, value] of Object.entries(fields)) {
    if (typeof value === 'object' && !(value instanceof Uint8Array)) node.children.push(nodeOf(key, value));
    else node.properties.push(propertyOf(key, value));
  }
  return node;
}

function propertyOf(name: string, value: string | number | Uint8Array): FdtProperty {
  if (typeof value === 'string') return { name, value: stringValue(value) };
  return { name, value: typeof value === 'number' ? u32Value(value) : value };
}

/** An image in a FIT, with a hash of each kind. */
export function fitImage(type: string, data: Uint8Array, more: NodeFields = {}): NodeFields {
  return { type, arch: 'arm64', compression: 'none', data, ...more, ...fitHashes(data) };
}

function fitHashes(data: Uint8Array): NodeFields {
  const names = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'];
  const digests = names.map((algo) => [algo, new Uint8Array(createHash(algo).update(data).digest())] as const);
  const all = [['crc32', u32Value(crc32(data))] as const, ...digests];
  return Object.fromEntries(all.map(([algo, value], index) => [`hash-${index + 1}`, { value, algo }]));
}

/** A uImage: type 2 is a kernel, 3 an initramfs, 4 several files. */
export function makeUImage(data: Uint8Array, { type = 2, compression = 0, arch = 22 } = {}): Uint8Array {
  const header = new DataView(new ArrayBuffer(64));
  header.setUint32(0, 0x27051956);
  header.setUint32(12, data.length);
  header.setUint32(24, crc32(data));
  [5, arch, type, compression].forEach((value, index) => {
    header.setUint8(28 + index, value);
  });
  const bytes = new Uint8Array(header.buffer);
  header.setUint32(4, crc32(bytes));
  return concat(bytes, data);
}

/** Data of a uImage of several files. */
export function multiData(...parts: Uint8Array[]): Uint8Array {
  const sizes = concat(...parts.map(({ length }) => u32Value(length)), u32Value(0));
  return concat(sizes, ...parts.map((part) => padded(part, 4)));
}

const NOTHING: Uint8Array = new Uint8Array(0);

/** An Android boot image of version 0 to 4. */
export function makeAndroid(
  version: number,
  kernel: Uint8Array,
  { initrd = NOTHING, dtb = NOTHING, cmdline = '' } = {},
): Uint8Array {
  const page = version < 3 ? 2048 : 4096;
  const line = textBytes(cmdline);
  const header = withText(new Uint8Array(page), 0, 'ANDROID!');
  withFields(header, [8, 4, kernel.length], [40, 4, version]);
  if (version < 3) {
    withFields(header, [16, 4, initrd.length], [36, 4, page], [1648, 4, dtb.length]);
    header.set(line.subarray(0, 512), 64);
    header.set(line.subarray(512), 608);
  } else withFields(header, [12, 4, initrd.length]).set(line, 44);
  return concat(header, ...[kernel, initrd, dtb].map((part) => padded(part, page)));
}

/** A cpio archive with one file, and its trailer. */
export function makeCpio(magic = '070701', data = 'hello', file = 'file'): Uint8Array {
  const entry = (name: string, content: string): Uint8Array => {
    const sum = magic === '070702' ? textBytes(content).reduce((all, byte) => all + byte, 0) : 0;
    const sizes = [1, 0o100644, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, sum];
    const header = magic + sizes.map((size) => size.toString(16).padStart(8, '0')).join('');
    return concat(padded(textBytes(`${header}${name}\0`), 4), padded(textBytes(content), 4));
  };
  return concat(entry(file, data), entry('TRAILER!!!', ''));
}

const textBytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function padded(bytes: Uint8Array, size: number): Uint8Array {
  return concat(bytes, new Uint8Array(-bytes.length & (size - 1)));
}
