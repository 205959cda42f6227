import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Assembler, lo12, x0, x1 } from '@kexeckit/a64';
import { skipWithout } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { expectRefused, kexeckit, kexeckitHere, kexeckitIn, main, testFolder } from './kexeckit.ts';
import { expectFits, onTerminal, WIDTHS, whyNoTerminal } from './terminal.ts';

const folder = testFolder();
const place = (name: string): string => join(folder, name);

function file(name: string, bytes: string | Uint8Array): string {
  writeFileSync(place(name), bytes);
  return place(name);
}

const routine = new Assembler({ origin: 0x4020_0000n }).symbol('data', 0x4123_4568n);
routine.label('again').emit('subs.imm', x0, x0, 1).emit('adrp', x1, 'data').emit('add.imm', x1, x1, lo12('data'));
routine.emit('b.cond', 'ne', 'again').emit('ret').word(0xffff_ffff);
const words = routine.words();
const code = file(
  'routine.bin',
  Buffer.concat([new Uint8Array(words.buffer, words.byteOffset, words.byteLength), Buffer.of(1, 2)]),
);
const packed = join(import.meta.dirname, '../../../packages/boot-image/fixtures/Image.gz');

test('raw bytes, where they run: labels, addresses that are made, what is no instruction, and what is left', async () => {
  const { code: exit, out } = await kexeckitIn(folder, 'disasm', 'routine.bin', '--base', '0x40200000');
  expect(out).toMatchInlineSnapshot(`
    "L40200000:
    40200000:  f1000400  subs x0, x0, #0x1
    40200004:  900081a1  adrp x1, 0x41234000
    40200008:  9115a021  add x1, x1, #0x568  // 0x41234568
    4020000c:  54ffffa1  b.ne L40200000
    40200010:  d65f03c0  ret
    40200014:  ffffffff  .word 0xffffffff
    40200018:            .byte 0x01, 0x02
    "
  `);
  expect(exit).toBe(0);
});

test('words', async () => {
  const { out } = await kexeckit('disasm', '--words', 'd50b7e20', '0xD65F03C0,f100041f');
  expect(out).toMatchInlineSnapshot(`
    "0:  d50b7e20  dc civac, x0
    4:  d65f03c0  ret
    8:  f100041f  cmp x0, #0x1
    "
  `);
});

test('a kernel file is unpacked, and that is said; --raw takes it as it is', async () => {
  const { out } = await kexeckitHere(['disasm', packed, '--length', '4', '--base', '2M']);
  expect(out).toBe('// Image.gz: undid gzip: 300000 bytes\n200000:  14000010  b 0x200040\n');
  expect((await kexeckitHere(['disasm', packed, '--length', '4', '--raw'])).out).toBe(
    '0:  00088b1f  .word 0x00088b1f\n',
  );
});

test('a part of a file has the addresses of that part', async () => {
  const { out } = await kexeckitHere(['disasm', code, '--base', '0x40200000', '--offset', '16', '--length', '4']);
  expect(out).toBe('40200010:  d65f03c0  ret\n');
});

test('for programs', async () => {
  const { out } = await kexeckitHere(['disasm', code, '--base', '0x40200000', '--json']);
  const { base, totals, words: listed } = JSON.parse(out);
  expect({ base, totals }).toEqual({ base: '0x40200000', totals: { bytes: 26, words: 6, notModelled: 1, labels: 1 } });
  expect(listed[2]).toEqual({
    address: '0x40200008',
    word: '0x9115a021',
    text: 'add x1, x1, #0x568',
    isModelled: true,
    pair: '0x41234568',
  });
});

test('much is written in pieces that are the whole, and given up when nobody reads', async () => {
  const many = file('many.bin', Buffer.alloc(400_000, Buffer.from('c0035fd6', 'hex')));
  const { out } = await kexeckit('disasm', many);
  const lines = out.trimEnd().split('\n');
  expect(lines).toHaveLength(100_000);
  expect(lines.at(-1)).toBe('61a7c:  d65f03c0  ret');
  expect((await kexeckitHere(['disasm', many])).out).toBe(out);
  const child = spawn(process.execPath, [main, 'disasm', many], { stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout.once('data', () => child.stdout.destroy());
  expect(await once(child, 'exit')).toEqual([141, null]);
});

test('JSON in pieces is what one text would be', async () => {
  const many = file('words.bin', Buffer.alloc(8192, Buffer.from('c0035fd61f2003d5000080d2', 'hex')));
  for (const some of [4, 2048, 2052, 8192]) {
    const { out } = await kexeckitHere(['disasm', many, '--length', String(some), '--json']);
    expect(out).toBe(`${JSON.stringify(JSON.parse(out), undefined, 2)}\n`);
    expect(JSON.parse(out)).toMatchObject({ totals: { words: some / 4, bytes: some } });
    expect(JSON.parse(out).words).toHaveLength(some / 4);
  }
});

test('a signal ends it in the middle', async () => {
  await expectEnds();
});

test('and in the middle of JSON, behind which no other follows', async () => {
  expect(await expectEnds('--json')).not.toContain('"error"');
});

async function expectEnds(...more: string[]): Promise<string> {
  const many = file('more.bin', Buffer.alloc(40_000_000));
  const child = spawn(process.execPath, [main, 'disasm', many, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [isSent, out, err] = [false, '', ''];
  child.stderr.on('data', (text) => {
    err += text;
  });
  child.stdout.on('data', (text) => {
    out += text;
    if (!isSent) child.kill('SIGTERM');
    isSent = true;
  });
  expect(await once(child, 'close')).toEqual([143, null]);
  expect(err).toBe('kexeckit: stopped by SIGTERM; run it again\n');
  return out;
}

test.for(WIDTHS)('a terminal of %i columns', async (width, ctx) => {
  skipWithout(ctx, whyNoTerminal());
  for (const args of [
    [code, '--base', '0xffff800008000000'],
    [packed, '--length', '400'],
  ]) {
    const { code: exit, raw, text } = await onTerminal(width, 'disasm', ...args);
    expectFits(text, width);
    expect(raw).not.toBe(text);
    expect(exit).toBe(0);
  }
});

describe('what makes no sense', () => {
  test.each<[string[], RegExp]>([
    [[], /missing required argument 'file'/],
    [[code, code], /there are several files; give one, or --words/],
    [['--words', 'ret'], /ret is no word; give up to 8 hexadecimal digits/],
    [['--words', '123456789'], /123456789 is no word/],
    [['--words', ' '], /there are no words/],
    [['--words', '1', '--raw'], /--raw with --words/],
    [[code, '--base', '2'], /--base is no multiple of 4/],
    [[code, '--base', '0x10000000000000000'], /--base cannot be 0x10000000000000000; give a number of at most 64 bits/],
    [[code, '--base', 'start'], /--base cannot be start/],
    [[code, '--offset', '3'], /--offset is no multiple of 4/],
    [[code, '--offset', '28'], /--offset 28 is beyond the end: there are 26 bytes/],
    [[code, '--length', '-1'], /--length cannot be -1/],
    [[code, '--length', '0'], /--length cannot be 0; give at least 4/],
    [['/nowhere'], /cannot read the file \/nowhere/],
    [['/dev/zero'], /the file \/dev\/zero is a pipe or a device/],
    [[file('empty', '')], /the file .*empty is empty/],
  ])('%j', async (args, message) => {
    await expectRefused(['disasm', ...args], message);
  });

  test('a kernel file that is damaged', async () => {
    const cut = file('cut.gz', readFileSync(packed).subarray(0, 5000));
    const { code: exit, out, err } = await kexeckitHere(['disasm', cut]);
    expect({ exit, out }).toEqual({ exit: 1, out: '' });
    expect(err).toMatch(/ENODATA: the gzip data ends too early/);
  });
});
