import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readContents, readInput } from './files.ts';
import { standardInput } from './stdin.ts';

const inputs = (text: string) => ({ stdin: standardInput(() => Readable.from([Buffer.from(text)])) });

test('- is standard input', async () => {
  expect(Buffer.from(await readInput('-', '--file', inputs('quiet\n'), 100)).toString()).toBe('quiet\n');
});

test.each([
  ['what is longer than it may be', () => readInput('-', '--file', inputs('quiet'), 4), /--file - has more than/],
  ['what is empty', () => readContents('-', '--file', inputs(''), 4), /--file - is empty/],
])('%s is refused', async (_, read, message) => {
  await expect(read()).rejects.toThrow(message);
});

test('it is read once', async () => {
  const io = inputs('quiet');
  await readInput('-', '--file', io, 100);
  await expect(readInput('-', '--iomem', io, 100)).rejects.toThrow('--iomem is standard input, which --file has read');
});

test('a terminal is refused before anything is read', async () => {
  const terminal = Object.assign(new Readable({ read: () => expect.unreachable() }), { isTTY: true });
  const io = { stdin: standardInput(() => terminal) };
  await expect(readInput('-', '--file', io, 100)).rejects.toThrow('a terminal');
});

test('a signal ends what waits for it', async () => {
  const abort = new AbortController();
  const io = { stdin: standardInput(() => new Readable({ read: () => undefined })), signal: abort.signal };
  const reading = readInput('-', '--file', io, 100);
  abort.abort(new Error('stopped'));
  await expect(reading).rejects.toMatchObject({ cause: { message: 'stopped' } });
});
