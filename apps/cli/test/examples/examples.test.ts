import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { skipWithout, whyNoDebianKernel, whyNoProgram } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { outlineOf } from '../../src/reference/outline.ts';
import { type Outcome, testFolder } from '../kexeckit.ts';
import { expectFits, whyNoTerminal } from '../terminal.ts';
import { type Case, cases, endless } from './cases.ts';
import { namedBy, Shelf } from './files.ts';
import { drawingOf } from './picture.ts';
import { programs, type Scene, throughPipe, throughTerminal } from './shell.ts';
import { differences } from './words.ts';

const folder = testFolder();
// Nobody, too, is to reach what is in it.
chmodSync(folder, 0o755);
const bin = programs(join(folder, 'bin'));
const shelf = new Shelf(join(folder, 'shelf'));
const PICTURES = join(import.meta.dirname, '../../../../docs/terminal');
/** Columns of a picture. */
const PICTURE_WIDTH = 100;

const told = outlineOf(commands).flatMap((word) => word.commands);
const lines = told.flatMap(({ examples }) => examples.map(({ line }) => line));

/** The line with what stands in the place of files of this host, and what is done around it. */
function whole(line: string, { instead = {}, before, after }: Case): string {
  const here = Object.entries(instead).reduce((text, [name, place]) => text.replaceAll(name, place), line);
  return [...(before === undefined ? [] : [before]), after === undefined ? here : `${here} && ${after}`].join('; ');
}

let scenes = 0;

/** A folder of its own with the files that the line names. */
async function sceneFor(line: string, { files = {}, input, shell, isNobody, leaves = [] }: Case): Promise<Scene> {
  const own = join(folder, `scene-${scenes++}`);
  const named = Object.fromEntries(
    namedBy(line)
      .filter((name) => !leaves.includes(name))
      .map((name) => [name, name]),
  );
  mkdirSync(own);
  await shelf.give(own, { ...named, ...files });
  if (isNobody) chmodSync(own, 0o777);
  return {
    folder: own,
    ...(input !== undefined && { input }),
    ...(shell !== undefined && { shell }),
    ...(isNobody !== undefined && { isNobody }),
  };
}

/** Once for all: what the line says through a pipe. */
const piped = new Map<string, Promise<Outcome & { readonly folder: string }>>();

function inPipe(line: string, of: Case): Promise<Outcome & { readonly folder: string }> {
  const run = async () => {
    const command = whole(line, of);
    const scene = await sceneFor(command, of);
    return { ...(await throughPipe(bin, command, scene)), folder: scene.folder };
  };
  const running = piped.get(line) ?? run();
  piped.set(line, running);
  return running;
}

/** Letters that files and signs of ours are written with. */
const ASCII = /^[\t\n -~]*$/;

test('each command has an example that is looked at on terminals, and each example a case', () => {
  expect(Object.keys(cases).concat(endless).sort()).toEqual([...new Set(lines)].sort());
  const unseen = told.filter(
    ({ examples }) => !examples.some(({ line }) => endless.includes(line) || (cases[line]?.widths ?? []).length > 0),
  );
  expect(unseen.map(({ path }) => path.join(' '))).toEqual(['completion']);
});

describe('through a pipe', { timeout: 600_000 }, () => {
  test.concurrent.for(Object.entries(cases).filter(([, { isCostly }]) => !isCostly))('%s', async ([line, of], ctx) => {
    skipWithout(ctx, of.isSlow ? whyNoDebianKernel() : undefined);
    skipWithout(ctx, whyNoProgram(of.shell ?? 'bash'));
    const { code, out, err, folder: own } = await inPipe(line, of);
    ctx.expect(of.codes ?? [0], err).toContain(code);
    ctx.expect(out + err).toMatch(of.says);
    ctx.expect(out).toMatch(ASCII);
    if (!of.isSlow) ctx.expect(err).toMatch(ASCII);
    if (out !== '') ctx.expect(out.endsWith('\n')).toBe(true);
    for (const name of of.leaves ?? []) ctx.expect(existsSync(join(own, name)), name).toBe(true);
  });
});

const seen = Object.entries(cases).flatMap(([line, of]) =>
  (of.widths ?? []).map((width) => [line, width, of] as const),
);

describe('on a terminal it tells the same, within its width', { timeout: 600_000 }, () => {
  test.concurrent.for(seen)('%s, %d columns', async ([line, width, of], ctx) => {
    skipWithout(ctx, whyNoTerminal());
    const command = whole(line, of);
    const { out, err, code } = await inPipe(line, of);
    const shown = await throughTerminal(bin, command, width, await sceneFor(command, of));
    ctx.expect(shown.code).toBe(code);
    expectFits(shown.text, width, out.split('\n'));
    const { lost, added } = differences(shown.text, out + err);
    ctx.expect({ lost: lost.filter((word) => !of.leftOut?.test(word)), added }).toEqual({ lost: [], added: [] });
  });
});

const drawn = Object.entries(cases).flatMap(([line, of]) =>
  of.picture === undefined ? [] : [[line, of.picture, of] as const],
);

describe('its picture in the documents is what it shows', { timeout: 600_000 }, () => {
  test.concurrent.for(drawn)('%s', async ([line, name, of], ctx) => {
    skipWithout(ctx, whyNoTerminal());
    const command = whole(line, of);
    const { code, raw, text } = await throughTerminal(bin, command, PICTURE_WIDTH, await sceneFor(command, of));
    ctx.expect(of.codes ?? [0], text).toContain(code);
    ctx.expect(raw).not.toBe(text);
    if (of.isCostly) ctx.expect(text).toMatch(of.says);
    const drawing = await drawingOf(line, raw, PICTURE_WIDTH);
    await ctx.expect(drawing).toMatchFileSnapshot(join(PICTURES, `${name}.svg`));
  });
});
