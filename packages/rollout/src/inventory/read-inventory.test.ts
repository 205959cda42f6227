import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RolloutError } from '../error.ts';
import { readInventory } from './read-inventory.ts';

/** Code, message and hint of what is thrown. */
function refusal(text: string): string {
  try {
    readInventory(text);
  } catch (error) {
    if (error instanceof RolloutError) return `${error.code} ${error.message}; ${error.hint}`;
    throw error;
  }
  return 'none';
}

const host = (fields: object): string => JSON.stringify({ hosts: [{ name: 'first' }, fields] });

describe('an inventory', () => {
  test('is YAML, or JSON, and its values are text as they are written', () => {
    const expected = {
      hosts: [
        {
          name: 'web-1',
          address: 'root@web-1.example.org',
          labels: { role: 'web', rack: '007', version: '1.10', on: 'true' },
        },
        { name: '10', transport: 'local', labels: {} },
        {
          name: 'db_1.example',
          address: 'fe80::1%eth0',
          labels: { 'example.org/zone': '', timezone: 'Europe/Berlin' },
        },
      ],
    };
    const yaml = `
# Generated.
hosts:
  - name: web-1
    address: root@web-1.example.org
    labels: { role: web, rack: 007, version: 1.10, on: true }
  - name: 10
    transport: local
  - name: db_1.example
    address: fe80::1%eth0
    labels:
      example.org/zone: ''
      timezone: Europe/Berlin
`;
    expect(readInventory(yaml)).toEqual(expected);
    for (const indent of [0, 2, '\t']) expect(readInventory(JSON.stringify(expected, null, indent))).toEqual(expected);
    expect(readInventory('{"hosts":[{"name":"a","labels":{"rack":7,"version":1.10}}]}').hosts[0]?.labels).toEqual({
      rack: '7',
      version: '1.10',
    });
  });

  test.each([
    ['', /the inventory: .*empty; give a file/],
    ['web-1', /the inventory: this is "web-1"; give a mapping with hosts/],
    ['- name: web-1', /the inventory: this is a list; give a mapping with hosts/],
    ['hosts:', /^EINVAL hosts: this is nothing; give a list/],
    ['hosts: []', /hosts: this is an empty list/],
    ['hosts: web-1', /hosts: this is "web-1"/],
    ['hosts: [web-1]', /hosts\[0\]: this is "web-1"; give a mapping with name, address, transport, labels/],
    ['hosts: []\nothers: []', /the inventory: there is no "others"; it is one of hosts/],
    ['hosts: []\nhosts: []', /line 2, column 1: duplicated mapping key; give each key once/],
    ['{"hosts":[{"name":"a","name":"b"}]}', /line 1, column 24: duplicated/],
    ['hosts: &all [*all]', /line 1, column 15: aliases .*; write it out/],
    ['hosts: !!set {a}', /tag; leave the tag out|tag .*; leave the tag out/],
    ['hosts: [{name: a}]\n---\nhosts: [{name: b}]', /single document/],
    ['hosts: [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]', /maxDepth/],
    ['hosts: [{name: a', /the inventory/],
    ['hosts: [{name: a, __proto__: {labels: {}}}]', /hosts\[0\]: there is no "__proto__"/],
    ['hosts: [{name: a, <<: {labels: {}}}]', /hosts\[0\]: there is no "<<"/],
  ])('%j is refused with its place', (text, says) => {
    expect(refusal(text)).toMatch(says);
  });

  test.each([
    [{ name: 'a', label: {} }, /hosts\[1\]: there is no "label"; it is one of name, address, transport, labels/],
    [{}, /hosts\[1\].name: nothing is no name/],
    [{ name: null }, /hosts\[1\].name: nothing is no name/],
    [{ name: ['a'] }, /hosts\[1\].name: a list is no name/],
    [{ name: 'FIRST' }, /hosts\[1\].name: "FIRST" is the name of hosts\[0\] as well; give each host once/],
    [
      { name: 'a', address: 'First' },
      /hosts\[1\].address: "First" is where hosts\[0\] is as well; give each host once/,
    ],
    [{ name: 'a', address: null }, /hosts\[1\].address: nothing is no address/],
    [{ name: 'a', transport: 'SSH' }, /hosts\[1\].transport: "SSH" is no transport/],
    [{ name: 'a', labels: 'x' }, /hosts\[1\].labels: these labels are "x"/],
    [{ name: 'a', labels: { '-x': 'y' } }, /hosts\[1\].labels: "-x" is no key of a label/],
    [{ name: 'a', labels: { constructor: 'y' } }, /hosts\[1\].labels: "constructor" is no key of a label/],
    [{ name: 'a', labels: { x: 'a,b' } }, /hosts\[1\].labels.x: "a,b" is no value of a label/],
    [{ name: 'a', labels: { x: null } }, /hosts\[1\].labels.x: nothing is no value of a label/],
    [{ name: 'a', labels: { x: {} } }, /hosts\[1\].labels.x: a mapping is no value of a label/],
    [
      { name: 'a', labels: { timezone: 'Mars/Olympus' } },
      /hosts\[1\].labels.timezone: there is no zone "Mars\/Olympus"/,
    ],
    [
      { name: 'a', labels: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`l${at}`, ''])) },
      /65 labels; give at most 64/,
    ],
  ])('a host %j is refused with its place', (fields, says) => {
    expect(refusal(host(fields))).toMatch(says);
  });

  test('an address may be that of another host where the transport is another', () => {
    expect(readInventory(host({ name: 'second', address: 'first', transport: 'local' })).hosts).toHaveLength(2);
  });

  const hostile = [
    '',
    '-oProxyCommand=x',
    '.',
    '..',
    'a b',
    'a;b',
    'a|b',
    'a&b',
    'a$b',
    '$(a)',
    '`a`',
    'a>b',
    'a\nb',
    'a\u001b[31m',
    'a\u0000',
    'a\u202eb',
    "a'b",
    'a"b',
    'a\\b',
    'a*b',
    'a?b',
    'a[b',
    'a{b}',
    'a!b',
    'a~b',
    'a#b',
    'a/b',
    'ä',
    'a'.repeat(600),
  ];
  test.each(hostile)('%j is no name and no address', (text) => {
    expect(refusal(host({ name: text }))).toMatch(/hosts\[1\].name|non-printable|null byte/);
    expect(refusal(host({ name: 'a', address: text }))).toMatch(/hosts\[1\].address/);
    expect(refusal(host({ name: text }))).not.toMatch(/\p{Cc}|\u202e/u);
  });
  test.each(['constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty'])(
    '%s, which every object has, is no name',
    (name) => {
      expect(refusal(host({ name }))).toMatch(/is no name of a host/);
    },
  );
  test.each(['user@-oProxyCommand', '@host', 'a@b@c', 'fe80::1%', 'host%;'])('%j is no address', (address) => {
    expect(refusal(host({ name: 'a', address }))).toMatch(/is no address/);
  });

  test('what is too large is refused before it is parsed', () => {
    expect(refusal('#'.repeat(64 * 2 ** 20 + 1))).toMatch(/^EFBIG the inventory has 67108865 characters/);
  });

  test('100 000 hosts are read', () => {
    const many = Array.from({ length: 100_000 }, (_, at) => `  - { name: web-${at}, labels: { zone: eu-${at % 3} } }`);
    const { hosts } = readInventory(`hosts:\n${many.join('\n')}`);
    expect(hosts).toHaveLength(100_000);
    expect(hosts[99_999]).toEqual({ name: 'web-99999', labels: { zone: 'eu-0' } });
  });

  test('any text gives hosts or a RolloutError', () => {
    const piece = fc.constantFrom(
      'hosts',
      ':',
      ' ',
      '\n',
      '- ',
      'name',
      'a',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      '&x',
      '*x',
      '!',
      '|',
      '?',
      '\t',
      '%',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece, { maxLength: 30 }).map((all) => all.join('')),
        ),
        (text) => {
          refusal(text);
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });
});
