import { expect, test } from 'vitest';
import { parseDts } from './dts/read.ts';
import { stdoutPath } from './stdout.ts';

const at = (chosen: string) =>
  stdoutPath(parseDts(`/dts-v1/; / { aliases { serial0 = "/uart@1"; }; ${chosen} uart@1 { }; };`));

test.each([
  ['an alias with options', 'chosen { stdout-path = "serial0:115200n8"; };', 'serial0', '115200n8', 'uart@1'],
  ['a path', 'chosen { stdout-path = "/uart@1"; };', '/uart@1', undefined, 'uart@1'],
  ['the old name', 'chosen { linux,stdout-path = "/uart@1:"; };', '/uart@1', '', 'uart@1'],
  ['a device that is not there', 'chosen { stdout-path = "serial7:9600"; };', 'serial7', '9600', undefined],
  ['nothing before the colon', 'chosen { stdout-path = ":9600"; };', '', '9600', undefined],
])('%s', (_, chosen, path, options, node) => {
  const found = at(chosen);
  expect([found?.path, found?.options, found?.node?.name]).toEqual([path, options, node]);
});

test('none', () => {
  expect(at('')).toBeUndefined();
  expect(at('chosen { };')).toBeUndefined();
});
