import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeImageHeader } from '@kexeckit/boot-image';
import { afterEach, expect, test, vi } from 'vitest';
import { plainPage } from '../src/render/page.ts';
import { WIPED } from '../src/render/printable.ts';
import { run } from '../src/run.ts';
import { testFolder } from './kexeckit.ts';

const code = join(testFolder(), 'code');
writeFileSync(code, Buffer.alloc(1 << 16));

afterEach(() => {
  vi.restoreAllMocks();
});

/** What is said beside a long listing; each look at the clock finds it a second on. */
async function saidBeside(
  where: { readonly isTerminal: boolean; readonly outBytes?: () => void },
  ...args: string[]
): Promise<string> {
  let [now, err] = [0, ''];
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 1000;
    return now;
  });
  const io = { out: () => {}, page: plainPage, errPage: plainPage };
  const exitCode = await run(args.length > 0 ? args : ['disasm', code], {
    ...io,
    ...where,
    err: (text) => {
      err += text;
    },
  });
  expect(exitCode).toBe(0);
  return err;
}

test('a long listing that goes to a file says on the terminal how far it is, how fast, and for how long', async () => {
  const said = await saidBeside({ isTerminal: true, outBytes: () => {} });
  const lines = said.split(/(?=listing)/);
  expect(lines[0]).toMatch(/^listing 12 %, 8\.0 KiB\/s, 7\.0 s left \.\.\./);
  expect(lines).toHaveLength(8);
  // The last one is wiped.
  expect(said.endsWith(WIPED)).toBe(true);
});

test.each([
  ['no terminal', { isTerminal: false, outBytes: () => {} }],
  ['a terminal that the listing itself goes to', { isTerminal: true }],
])('nothing on %s', async (_, where) => {
  expect(await saidBeside(where)).toBe('');
});

/** A kernel of so many bytes that it comes out in more than one piece. */
const packed = join(testFolder(), 'Image.gz');
const image = Buffer.concat([
  encodeImageHeader({ imageSize: 0x400000n, textOffset: 0n }),
  Buffer.from(Uint32Array.from({ length: 1 << 19 }, (_, at) => Math.imul(at, 2654435761)).buffer),
]);
writeFileSync(packed, gzipSync(image));

test('a large file that is unpacked says how far it is', async () => {
  const said = await saidBeside({ isTerminal: true }, 'image', packed);
  expect(said).toMatch(/^unpacking .*Image\.gz \d+ %, .*\/s, .* left \.\.\./);
  expect(said.endsWith(WIPED)).toBe(true);
  expect(await saidBeside({ isTerminal: false }, 'image', packed)).toBe('');
});

test('an estimate says what it does', async () => {
  const said = await saidBeside({ isTerminal: true }, 'estimate', '--kernel', packed, '--memory', '8G');
  expect(said).toMatch(/^estimate: unpacking the kernel and planning \.\.\./);
  expect(said.endsWith(WIPED)).toBe(true);
});
