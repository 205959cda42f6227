import { type FdtNode, getProperty, readStrings } from '@kexeckit/fdt';
import { crc32, md5, sha1, sha256, sha384, sha512 } from 'hash-wasm';
import { damaged } from '../compression/errors.ts';

const ALGORITHMS = new Map<string, (data: Uint8Array) => Promise<string>>([
  ['crc32', crc32],
  ['md5', md5],
  ['sha1', sha1],
  ['sha256', sha256],
  ['sha384', sha384],
  ['sha512', sha512],
]);

/**
 * Compares the data of an image in a FIT with every hash that stands below it, whose algorithm is known.
 *
 * @throws BootImageError `EBADMSG` for one that differs
 */
export async function checkHashes(image: FdtNode, data: Uint8Array): Promise<void> {
  for (const node of image.children) {
    if (!/^hash(-|@|$)/.test(node.name)) continue;
    const algorithm = getProperty(node, 'algo');
    const value = getProperty(node, 'value');
    const name = algorithm === undefined ? '' : nameIn(algorithm);
    const digest = await ALGORITHMS.get(name)?.(data);
    if (digest === undefined || value === undefined || digest === hex(value)) continue;
    throw damaged(`the ${name} of ${image.name} in the FIT image does not fit its data`);
  }
}

function nameIn(value: Uint8Array): string {
  try {
    return readStrings(value)[0] ?? '';
  } catch {
    return '';
  }
}

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
