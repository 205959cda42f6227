import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { cannotRun, hasEnded, initScript, isUp, lacks, reportIn } from './init.ts';

/** What the init prints in a folder of nothing, with these commands in the place of the real ones. */
function run(words: readonly string[], commands: string): string {
  const script = initScript(words)
    .replaceAll(/^(?:busybox|exec|export) .*/gm, '')
    .replaceAll(/ (>?)\/kexeckit-from\/out/g, ' $1"$OUT"');
  const before = `OUT=$(mktemp); poweroff() { rm -f "$OUT"; exit; }; dmesg() { :; }\n${commands}\n`;
  return execFileSync('/bin/sh', ['-c', before + script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

test('the command gets its words as they are, and what it wrote is found when it has come back', () => {
  const words = ['reboot', '--append=it\'s $HOME `x` \\ "y" *', '--reserve=1G-4G:160M', '', 'two\nlines'];
  const console = run(words, `kexeckit() { printf '<%s>\\n' "$@"; echo heard >&2; return 7; }`);
  expect(console).toMatch(/^kexeckit-from: up \S+ \.\n/);
  expect(reportIn(console)).toBe(`\n${words.map((word) => `<${word}>\n`).join('')}`);
  expect(hasEnded.exec(console)?.[1]).toBe('7');
  expect(lacks.test(console)).toBe(false);
});

test('a root without the command is told of', () => {
  const console = run([], "command() { [ $2 != kexeckit ]; }; kexeckit() { echo 'it ran'; }");
  expect(lacks.exec(console)?.[1]).toBe('kexeckit');
  expect(console).not.toContain('it ran');
  expect(hasEnded.test(console)).toBe(false);
});

test('signs are seen where a kernel prints before them', () => {
  expect(isUp.exec('[    1.000000] x: kexeckit-from: up 6.1.0-50 .\r')?.[1]).toBe('6.1.0-50');
  expect(cannotRun.exec('[    2.0] Failed to execute /kexeckit-from/init (error -2)')?.[1]).toBe('2');
  expect(reportIn('nothing of it')).toBe('');
});

test('half a line is no sign', () => {
  expect(isUp.test('kexeckit-from: up 6.1.0-50-clou')).toBe(false);
  expect(hasEnded.test('kexeckit-from: ended 12')).toBe(false);
  expect(lacks.test('kexeckit-from: lacks kexe')).toBe(false);
});
