import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { skipWithout, whyNoProgram } from '@kexeckit/testing';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commands } from '../src/commands/index.ts';
import { strategyNames } from '../src/options/strategy.ts';
import { completionOf } from '../src/reference/completion/index.ts';
import { type Shell, shells } from '../src/reference/completion/shells.ts';
import { outlineOf } from '../src/reference/outline.ts';
import { expectRefused, kexeckit, testFolder } from './kexeckit.ts';

const folder = testFolder();

/** A folder with one file and one folder in it, and the scripts as the command prints them. */
beforeAll(() => {
  writeFileSync(join(folder, 'Image'), '');
  mkdirSync(join(folder, 'Initrds'));
  const words = outlineOf(commands);
  for (const shell of shells) writeFileSync(join(folder, `script.${shell}`), completionOf[shell](words));
});

const scriptOf = (shell: Shell): string => join(folder, `script.${shell}`);

const inShell = (shell: Shell, ...args: string[]): string =>
  execFileSync(shell, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env.PATH, TERM: 'dumb' },
  });

/** What bash offers for the last word; it sees `--name=value` as three words. */
function inBash(line: string): string[] {
  const words = line.split(' ').flatMap((word) => word.split(/(=)/));
  const given = words.map((word) => `'${word}'`).join(' ');
  const body = `source '${scriptOf('bash')}'; COMP_WORDS=(${given}); COMP_CWORD=${words.length - 1}; _kexeckit; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return inShell('bash', '--norc', '-c', body).split('\n').filter(Boolean);
}

/** What fish offers, without descriptions, and without the option that a value stands behind. */
function inFish(line: string): string[] {
  const out = inShell('fish', '--no-config', '-c', `source '${scriptOf('fish')}'; complete -C '${line}'`);
  return out
    .split('\n')
    .filter(Boolean)
    .map((offer) => offer.replace(/\t.*/, '').replace(/^--[a-z-]+=/, ''));
}

/** The line as zsh completes it, on a terminal of its own. */
function inZsh(line: string): string {
  const out = inShell(
    'zsh',
    '-f',
    '-c',
    `zmodload zsh/zpty
     zpty -b z zsh -f -i
     zpty -w z "PS1=; autoload -U compinit; compinit -u -D; source '${scriptOf('zsh')}'"
     zpty -w z 'told() { print -r -- "<<$BUFFER>>"; BUFFER= }; zle -N told; bindkey "^X" told; stty cols 200; print "read""y"'
     zpty -r z out '*ready*'
     zpty -w -n z ${`'${line}'$'\\t'$'\\C-x'`}
     zpty -r z out '*<<*>>*'
     print -r -- "$out"`,
  );
  return /<<(.*)>>/.exec(out)?.[1] ?? '';
}

describe('bash', () => {
  beforeEach((ctx) => skipWithout(ctx, whyNoProgram('bash')));

  test.each<[string, readonly string[]]>([
    ['kexeckit re', ['reboot']],
    ['kexeckit --', ['--help', '--version']],
    ['kexeckit help pro', ['prove']],
    ['kexeckit reboot --strat', ['--strategy']],
    ['kexeckit reboot --strategy ', ['auto', ...strategyNames]],
    ['kexeckit reboot --json --strategy=mmu-o', ['mmu-off', 'mmu-on']],
    ['kexeckit reboot --kernel I', ['Image', 'Initrds']],
    ['kexeckit reboot --generations ', []],
    ['kexeckit prove I', ['Image', 'Initrds']],
    ['kexeckit doctor --root I', ['Initrds']],
    ['kexeckit completion ', shells],
    ['kexeckit nonsense ', []],
  ])('%s', (line, offered) => {
    expect(inBash(line).sort()).toEqual([...offered].sort());
  });

  test('the script is what the command prints', async () => {
    const { code, out, err } = await kexeckit('completion', 'bash');
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(completionOf.bash(outlineOf(commands)));
  });
});

describe('fish', () => {
  beforeEach((ctx) => skipWithout(ctx, whyNoProgram('fish')));

  test.each<[string, readonly string[]]>([
    ['kexeckit re', ['reboot']],
    ['kexeckit --', ['--help', '--version']],
    ['kexeckit help pro', ['prove']],
    ['kexeckit reboot --strat', ['--strategy']],
    ['kexeckit reboot --strategy ', ['auto', ...strategyNames]],
    ['kexeckit reboot --json --strategy=mmu-o', ['mmu-off', 'mmu-on']],
    ['kexeckit reboot --kernel I', ['Image', 'Initrds/']],
    ['kexeckit reboot --generations ', []],
    ['kexeckit prove I', ['Image', 'Initrds/']],
    ['kexeckit doctor --root I', ['Initrds/']],
    ['kexeckit completion ', shells],
    ['kexeckit nonsense ', []],
  ])('%s', (line, offered) => {
    expect(inFish(line).sort()).toEqual([...offered].sort());
  });
});

describe('zsh', () => {
  beforeEach((ctx) => skipWithout(ctx, whyNoProgram('zsh')));

  test.each([
    ['kexeckit reb', 'kexeckit reboot '],
    ['kexeckit help pro', 'kexeckit help prove '],
    ['kexeckit reboot --strat', 'kexeckit reboot --strategy='],
    ['kexeckit reboot --json --strategy=mmu-of', 'kexeckit reboot --json --strategy=mmu-off '],
    ['kexeckit reboot --kernel=Ima', 'kexeckit reboot --kernel=Image '],
    ['kexeckit prove Ima', 'kexeckit prove Image '],
    ['kexeckit doctor --root=I', 'kexeckit doctor --root=Initrds/'],
    ['kexeckit completion z', 'kexeckit completion zsh '],
  ])('%s', (line, completed) => {
    expect(inZsh(line)).toBe(completed);
  });
});

test('another shell is refused', async () => {
  await expectRefused(
    ['completion', 'basch'],
    /the shell cannot be basch; did you mean bash\? give one of bash, zsh, fish/,
  );
});
