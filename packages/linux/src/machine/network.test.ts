import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plant } from '../testing/tree.ts';
import { takeNetworkDown } from './network.ts';

test('every interface that is up is taken down, but the loopback', async () => {
  const root = await plant({
    '/sys/class/net/lo/flags': '0x9\n',
    '/sys/class/net/eth0/flags': '0x1003\n',
    '/sys/class/net/eth1/flags': '0x1002\n',
    '/sys/class/net/odd/': '',
    '/sys/class/net/bonding_masters': '',
  });
  expect(takeNetworkDown(root)).toEqual(['eth0']);
  const flags = (name: string): string => readFileSync(join(root, 'sys/class/net', name, 'flags'), 'utf8');
  expect(['lo', 'eth0', 'eth1'].map(flags)).toEqual(['0x9\n', '0x1002\n', '0x1002\n']);
  expect(takeNetworkDown(root)).toEqual([]);
});

test('a host without any is left alone', async () => {
  expect(takeNetworkDown(await plant({}))).toEqual([]);
});
