import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { guestInit, stepsOf } from './init.ts';

const script = (...stages: string[][]): string => guestInit(stages);

/** What the commands of a script print here: all that they need is a shell. */
function run(init: string, stage?: string): string {
  const commands = init.slice(init.indexOf('if [ '), init.indexOf('poweroff'));
  const env = stage === undefined ? {} : { guest_stage: stage };
  return execFileSync('sh', { input: `echo "GUEST: up 1"\n${commands}`, env, encoding: 'utf8' });
}

test('an init is a script', () => {
  execFileSync('sh', ['-n'], { input: script(['echo a', 'if true; then\necho b\nfi'], []) });
});

test('what its commands print, and how they end, is read from the console', () => {
  const printed = run(script(['echo one; echo two', 'printf same; false', 'a=3', `echo "$a"; sh -c 'exit 7'`]));
  expect(stepsOf(printed)).toEqual([
    [
      { status: 0, output: 'one\ntwo\n' },
      { status: 1, output: 'same' },
      { status: 0, output: '' },
      { status: 7, output: '3\n' },
    ],
  ]);
});

test('each stage has its own commands', () => {
  const init = script(['echo first'], ['echo second']);
  expect(stepsOf(run(init))).toEqual([[{ status: 0, output: 'first\n' }]]);
  expect(stepsOf(run(init) + run(init, '2'))).toMatchObject([[{ output: 'first\n' }], [{ output: 'second\n' }]]);
});

test('a command that another kernel takes the place of has no status', () => {
  const console = 'GUEST: up 6.1\nGUEST: begin 0\n[ 4.3] Bye!\nGUEST: up 7.3\nGUEST: begin 0\nGUEST: end 0 0\n';
  expect(stepsOf(console)).toEqual([[{ status: undefined, output: '[ 4.3] Bye!\n' }], [{ status: 0, output: '' }]]);
});

test('a guest has something to do', () => {
  expect(() => script()).toThrow(expect.objectContaining({ code: 'EINVAL' }));
});
