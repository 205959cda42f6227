/** Little-endian numbers, four bytes each, at these places. */
function withWords(bytes: Buffer, words: Readonly<Record<number, number>>): Buffer {
  for (const [at, word] of Object.entries(words)) bytes.writeUInt32LE(word, Number(at));
  return bytes;
}

/** A PE file for AArch64 with these sections, as ukify writes a unified kernel image. */
export function makeUki(sections: Readonly<Record<string, Uint8Array>>): Buffer {
  const all = Object.entries(sections);
  const header = Buffer.alloc(64 + 24 + 40 * all.length);
  header.write('MZ');
  header.writeUInt32LE(64, 60);
  header.write('PE\0\0', 64, 'latin1');
  header.writeUInt16LE(0xaa64, 68);
  header.writeUInt16LE(all.length, 70);
  let at = header.length;
  for (const [index, [name, { length }]] of all.entries()) {
    const entry = 88 + 40 * index;
    header.write(name, entry, 'latin1');
    withWords(header, { [entry + 8]: length, [entry + 16]: length, [entry + 20]: at });
    at += length;
  }
  return Buffer.concat([header, ...all.map(([, bytes]) => bytes)]);
}

/** An EFI zboot file around what is compressed so. */
export function makeZboot(compression: string, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(128);
  makeUki({}).copy(head);
  head.write('zimg', 4);
  head.write(`${compression}\0`, 24, 'latin1');
  return Buffer.concat([withWords(head, { 8: head.length, 12: payload.length }), payload]);
}
