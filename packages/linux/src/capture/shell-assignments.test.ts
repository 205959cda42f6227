import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAssignments } from './shell-assignments.ts';

/** An expansion of a parameter. */
const braced = (parameter: string): string => `$\{${parameter}}`;

const shown = (text: string): string => {
  const { values, computed, opaqueLine } = parseAssignments(text);
  if (opaqueLine !== undefined) return `line ${opaqueLine}`;
  return [...[...values].map(([name, value]) => `${name}=${value}`), ...[...computed].map((name) => `${name}?`)].join(
    ' ',
  );
};

test.each<[text: string, expected: string]>([
  ['A=1; B=2', 'A=1 B=2'],
  ['A=1 B=2', 'A=1 B=2'],
  ['A=1;B=2;\n', 'A=1 B=2'],
  ['A=x \\\n B=y', 'A=x B=y'],
  ['export A=1 B', 'A=1'],
  ['A=1\r\n', 'A=1\r'],
  ['A=*', 'A=*'],
  ['A=a{b,c}', 'A=a{b,c}'],
  ['A="a\n b"', 'A=a\n b'],
  ['A=x\nA+=" y"', 'A?'],
  ['B=1 A+=y', 'B? A?'],
  ['A=~/x', 'A?'],
  ['A="~/x"', 'A=~/x'],
  ['B=1\nA="/boot/vmlinuz-$(uname -r)"', 'B=1 A?'],
  [`A=${braced('B:-c')}`, 'A?'],
])('%j is read: %s', (text, expected) => {
  expect(shown(text)).toBe(expected);
});

test.each([
  'if false; then\n  A=no\nfi',
  'f() {\n A=2\n}',
  ': <<E\nA=evil\nE',
  'unset A',
  'readonly A=1',
  'declare A=1',
  'A=z || true',
  'A=z && B=2',
  'A=z &',
  'A=z > /dev/null',
  '[ -f y ] && A=z',
  `: "${braced('A:=1')}"`,
  `B=${braced('A:=1')}`,
  'B=$((A=1))',
  `B=${braced('A?gone')}`,
  "A=$'x'",
  'A=(x y)',
  'A[0]=x',
  'A=1;;',
  'export A=$B',
  'export A=*',
  'export -n A',
  'A=$(\nB=1\n)',
  'A=$(if)',
  "A='x",
  'A=x\\',
  'A=\0',
  'UID=3',
  '. /etc/other',
  '\r',
])('a line that is more than assignments makes nothing of the file known: %j', (line) => {
  expect(shown(`A=x\n\n${line}`)).toBe('line 3');
});

const NAMES = ['A', 'B'] as const;
const pieces = [
  ...[
    'A',
    'B',
    'A=',
    'B=',
    'A+=',
    'x',
    '1',
    '=',
    '=x',
    'A=x',
    'B=y',
    'A=1',
    '"',
    "'",
    '\\',
    '\\\n',
    '$',
    '`',
    '~',
    '*',
    '#',
    'é',
  ],
  ...[
    ' ',
    '\t',
    '\n',
    '\n',
    '\n',
    ';',
    '\r',
    '&',
    '|',
    '&&',
    '||',
    '<',
    '>',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '!',
    ':',
    '{a,b}',
  ],
  ...[
    '$A',
    braced('A'),
    braced('B:-x'),
    braced('A:=z'),
    braced('A+x'),
    '$(x)',
    '$(echo B=1)',
    '`:`',
    '$((1))',
    '$((A=1))',
    "$'x'",
    '$"x"',
    '$1',
    '$$',
  ],
  ...[
    'export ',
    'unset A',
    'readonly A=1',
    'readonly B',
    'declare A=3',
    'local A=1',
    'eval A=1',
    'return',
    'set -e',
    'set -u',
    'exit',
  ],
  ...[
    'if ',
    'false',
    'true',
    'then ',
    'else ',
    'fi',
    'f() {',
    '} ',
    ': <<E\n',
    '\nE\n',
    ': ',
    'set -- ',
    'alias A=B',
    'case A in ',
    ' esac',
  ],
  ...[
    'A="b c"',
    "B='d $e'",
    'A=~/x',
    'A="x\\$y"',
    'A=x\\ y',
    'B=$(if)',
    'A=x # c',
    '# c',
    '#B=1',
    'A=(x y)',
    'A[0]=x',
    'A="a\n b"',
  ],
];
const text = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join('\n')),
  fc.array(fc.constantFrom(...pieces), { maxLength: 3 }).map((parts) => `A=x B=y\nA="1"${parts.join('')}`),
);

const shells = ['/bin/sh', '/bin/bash'].filter((shell) => spawnSync(shell, ['-c', ':']).status === 0);

describe.each(shells)('what %s makes of a text', (shell) => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'assignments-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The values once a shell has sourced a text; undefined where it did not get to the end. */
  function sourced(config: string): ReadonlyMap<string, string> | undefined {
    const file = join(folder, 'config');
    writeFileSync(file, config, 'latin1');
    const print = NAMES.map((name) => `\${${name}+${name}="$${name}"}`)
      .map((each) => `printf '%s\\0' "${each}"`)
      .join(';');
    const { stdout } = spawnSync(shell, ['-c', `. ${file}; set +u; ${print}; printf end`], {
      cwd: folder,
      env: { PATH: '/nowhere', HOME: '/home' },
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'latin1',
      timeout: 10_000,
    });
    const fields = stdout.split('\0');
    if (fields.at(-1) !== 'end') return undefined;
    const lines = fields.slice(-1 - NAMES.length, -1).filter((field) => field !== '');
    return new Map(lines.map((field) => [field.slice(0, 1), field.slice(2)]));
  }

  test('is heard', () => {
    expect(sourced('A=x\nB="y z"')).toEqual(
      new Map([
        ['A', 'x'],
        ['B', 'y z'],
      ]),
    );
    expect(sourced('B=\nexit')).toBeUndefined();
  });

  test('is what is read, or it is not known', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(text, (config) => {
        const { values, computed, opaqueLine } = parseAssignments(config);
        if (opaqueLine !== undefined) return;
        const theirs = sourced(config);
        if (theirs === undefined) throw new Error('the shell does not get to the end');
        for (const name of NAMES) if (!computed.has(name)) expect(values.get(name)).toBe(theirs.get(name));
      }),
      { seed: 11, numRuns: 1000 },
    );
  });
});
