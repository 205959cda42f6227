import { type FdtNode, getProperty } from '@kexeckit/fdt';
import { crc32, md5, sha1, sha256, sha384, sha512 } from 'hash-wasm';
import { damaged } from '../compression/errors.ts';
import { text } from './fit-configuration.ts';

const ALGORITHMS = new Map<string, (data: Uint8Array) => Promise<string>>([
  ['crc32', crc32],
  ['md5', md5],
  ['sha1', sha1],
  ['sha256', sha256],
  ['sha384', sha384],
  ['sha512', sha512],
]);

/**
 * Compares the data of an image in a FIT with every hash that stands below it.
 *
 * @returns the algorithms that are not known here
 * @throws BootImageError `EBADMSG` for one that differs, or that has no value
 */
export async function checkHashes(image: FdtNode, data: Uint8Array): Promise<string[]> {
  const unknown = new Set<string>();
  for (const node of image.children) {
    // As U-Boot tells them: hash-1, hash@1, hash1.
    if (!node.name.startsWith('hash')) continue;
    const name = text(node, 'algo') ?? 'unnamed hash';
    const algorithm = ALGORITHMS.get(name);
    if (algorithm === undefined) unknown.add(name);
    else if ((await algorithm(data)) !== hex(getProperty(node, 'value') ?? new Uint8Array(0)))
      throw damaged(`the ${name} of ${image.name} in the FIT image does not fit its data`);
  }
  return [...unknown];
}

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
