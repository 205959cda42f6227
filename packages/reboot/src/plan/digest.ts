import { platformSha256 } from '@kexeckit/relocation';
import { bytesToHex } from '@noble/hashes/utils.js';

/** SHA-256 in hexadecimal. */
export const sha256Hex = async (bytes: Uint8Array): Promise<string> => bytesToHex(await platformSha256(bytes));

/** SHA-256 of a text's UTF-8 bytes, in hexadecimal. */
export const sha256OfText = (text: string): Promise<string> => sha256Hex(new TextEncoder().encode(text));
