import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Io } from '../io.ts';
import { plainPage } from '../render/page.ts';
import { Attached } from './attached.ts';

/** A terminal, or a pipe, on which somebody types, and a machine that notes it. */
function scene(isTTY: boolean) {
  const modes: boolean[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY, setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  const input = new PassThrough();
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let said = '';
  const err = (text: string): void => {
    said += text;
  };
  const io: Io = { out: () => {}, err, page: plainPage, errPage: plainPage, isTerminal: false };
  const attached = new Attached(io, stream);
  const left = attached.to({ input, ended, signal: undefined });
  return { attached, left, stream, end, modes, said: () => said, typed: (): string => String(input.read() ?? '') };
}

test('what is typed on a terminal reaches the machine, up to Ctrl-]', async () => {
  const { attached, left, stream, modes, said, typed } = scene(true);
  expect(attached.isOn).toBe(true);
  expect(said()).toContain('Ctrl-] ends it');
  stream.write('ls\r\u0003');
  stream.write('more\u001dless');
  await left;
  expect(typed()).toBe('ls\r\u0003more');
  expect(modes).toEqual([true, false]);
  expect([attached.isOn, stream.destroyed]).toEqual([false, true]);
});

test('a pipe may hold any byte, and its end ends nothing: the machine does', async () => {
  const { attached, left, stream, end, typed, said } = scene(false);
  expect(said()).toContain('until it is switched off, or SIGINT');
  stream.end('a\u001db');
  await new Promise(setImmediate);
  expect(attached.isOn).toBe(true);
  end();
  await left;
  expect(typed()).toBe('a\u001db');
  expect(attached.isOn).toBe(false);
});
