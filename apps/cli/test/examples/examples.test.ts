import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
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
import { type OnScreen, programs, type Scene, throughPipe, throughTerminal, untilFirstLine } from './shell.ts';
import { differences } from './words.ts';

const folder = testFolder();
// Nobody, too, is to reach what is in it.
chmodSync(folder, 0o755);
const bin = programs(join(folder, 'bin'));
const shelf = new Shelf(join(folder, 'shelf'));
const DOCS = join(import.meta.dirname, '../../../../docs');
const PICTURES = join(DOCS, 'terminal');

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

/** What is run once, though several tests look at it. */
class Once<T> {
  readonly #running = new Map<string, Promise<T>>();

  of(key: string, run: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key) ?? run();
    this.#running.set(key, running);
    return running;
  }
}

const piped = new Once<Outcome & { readonly folder: string }>();
const shown = new Once<OnScreen>();

const inPipe = (line: string, of: Case): Promise<Outcome & { readonly folder: string }> =>
  piped.of(line, async () => {
    const command = whole(line, of);
    const scene = await sceneFor(command, of);
    return { ...(await throughPipe(bin, command, scene)), folder: scene.folder };
  });

const onScreen = (line: string, of: Case, columns: number): Promise<OnScreen> =>
  shown.of(`${columns} ${line}`, async () => {
    const command = whole(line, of);
    return await throughTerminal(bin, command, columns, await sceneFor(command, of));
  });

/** The line with a port in the place of its own, which somebody may have. */
async function onFreePort(line: string): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return line.replace(/(?<=--port )\d+/, String(typeof address === 'object' ? address?.port : undefined));
}

/** Letters that files and signs of ours are written with. */
const ASCII = /^[\t\n -~]*$/;

test('each command has an example that is looked at on terminals, and each example a case', () => {
  expect(Object.keys(cases).concat(Object.keys(endless)).sort()).toEqual([...new Set(lines)].sort());
  const unseen = told.filter(
    ({ examples }) => !examples.some(({ line }) => line in endless || (cases[line]?.widths ?? []).length > 0),
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
    const { out, err, code } = await inPipe(line, of);
    const screen = await onScreen(line, of, width);
    ctx.expect(screen.code).toBe(code);
    expectFits(screen.text, width);
    const { lost, added } = differences(screen.text, out + err);
    ctx.expect({ lost: lost.filter((word) => !of.leftOut?.test(word)), added }).toEqual({ lost: [], added: [] });
  });
});

const drawn = Object.entries(cases).flatMap(([line, of]) =>
  of.picture === undefined ? [] : [[line, of.picture, of] as const],
);

/** Command lines and files of the drawings that a document shows. */
const drawingsIn = (document: string): string[] =>
  [...readFileSync(document, 'utf8').matchAll(/!\[(.*)\]\((?:[^)]*\/)?terminal\/(.*)\.svg\)/g)].map(
    ([, line, name]) => `${name}: ${line}`,
  );

test('the documents show the drawings that there are, each by its command line', () => {
  const all = drawn.map(([line, { name }]) => `${name}: ${line}`).sort();
  expect(drawingsIn(join(DOCS, 'terminal.md')).sort()).toEqual(all);
  expect(readdirSync(PICTURES).sort()).toEqual(drawn.map(([, { name }]) => `${name}.svg`).sort());
  const ofReadme = drawingsIn(join(DOCS, '../apps/cli/README.md'));
  expect(ofReadme.length).toBeGreaterThan(1);
  expect(all).toEqual(expect.arrayContaining(ofReadme));
});

test.for(Object.entries(endless))('%s: serves until Ctrl-C', async ([line, says]) => {
  // The bundle has no page.
  const { code, out } = await untilFirstLine(await onFreePort(line), folder);
  expect(out).toMatch(says);
  expect(code).toBe(130);
});

describe('its picture in the documents is what it shows', { timeout: 600_000 }, () => {
  test.concurrent.for(drawn)('%s', async ([line, { name, columns }, of], ctx) => {
    skipWithout(ctx, whyNoTerminal());
    const { code, raw, text } = await onScreen(line, of, columns);
    ctx.expect(of.codes ?? [0], text).toContain(code);
    ctx.expect(raw).not.toBe(text);
    if (of.isCostly) ctx.expect(text).toMatch(of.says);
    const drawing = await drawingOf(line, raw, columns);
    await ctx.expect(drawing).toMatchFileSnapshot(join(PICTURES, `${name}.svg`));
  });
});
