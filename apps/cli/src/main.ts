#!/usr/bin/env node
import { once } from 'node:events';
import { basename } from 'node:path';
import { isSea } from 'node:sea';
import { setImmediate } from 'node:timers/promises';
import { isClassThread, planClass } from './class-thread.ts';
import { EXIT } from './exit-code.ts';
import { HOLDER, isPart, WATCHER } from './holder/parts.ts';
import { Interrupt } from './interrupt.ts';
import { standardInput } from './options/stdin.ts';
import { type AsCalled, isTerminalFor, pageOf, withSigns } from './render/page.ts';
import { inLine, printable } from './render/printable.ts';
import { versionText } from './version.ts';
import { wholeOutput } from './whole-output.ts';

const showsStacks = process.env.KEXECKIT_DEBUG !== undefined;
let isEnding = false;
process.on('uncaughtException', async (error) => {
  // What tells of it fails as well, as where files of ours are missing: that would be told of without an end.
  if (isEnding) {
    process.stderr.write(`kexeckit: ${inLine(error.message)}\n`);
    process.exit(EXIT.trouble);
  }
  isEnding = true;
  const { renderError } = await import('./render/error.ts');
  process.stderr.write(
    printable(
      await renderError(error, { phase: undefined }, { showsStacks, page: pageOf(process.stderr, process.env) }),
    ),
  );
  process.exit(EXIT.trouble);
});

const given = process.argv.slice(2);
// As kexec, by a link of that name, it is a command of ours.
const args = basename(process.argv[1] ?? '') === 'kexec' && !isPart(given[0]) ? ['kexec', ...given] : given;
// Nothing is awaited here: a bundle of this is no ES module. What fails is told as every error that nobody foresaw.
if (isClassThread()) void planClass();
else if (args[0] === WATCHER) void watch();
else void work();

async function watch(): Promise<void> {
  await (await import('./holder/watch.ts')).watch();
}

/** What was written to standard output has been taken, all but a little. */
async function drained(signal: AbortSignal): Promise<void> {
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain', { signal });
  // A file takes all at once: signals are seen in between.
  else await setImmediate();
  signal.throwIfAborted();
}

async function work(): Promise<void> {
  // Signals are watched before anything is loaded that takes time.
  const interrupt = new Interrupt({ endsByItself: args[0] === HOLDER });
  if (args[0] === HOLDER)
    return await (await import('./holder/hold.ts')).hold(args.slice(1), interrupt, await asCalledHere());
  const exitCode = isVersionAsked(args) ? tellVersion() : await runCommand(interrupt);
  interrupt.settle();
  // The process ends by itself when everything has been written.
  process.exitCode = interrupt.reason?.exitCode ?? exitCode;
}

/** Scripts ask for it, alone, and wait: it needs nothing that takes time to load. */
function isVersionAsked([first, ...others]: readonly string[]): boolean {
  return others.length === 0 && (first === '--version' || first === '-V');
}

function tellVersion(): number {
  wholeOutput(process.stdout)(`${versionText()}\n`);
  return EXIT.done;
}

async function asCalledHere(): Promise<AsCalled> {
  const { asCalled, calledAs } = await import('./called.ts');
  const { argv, env, execPath } = process;
  return asCalled(calledAs({ execPath, script: isSea() ? execPath : argv[1], env, cwd: folderHere() }));
}

/** The current folder; undefined where it has been removed. */
function folderHere(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

async function runCommand(interrupt: Interrupt): Promise<number> {
  const [{ run }, asCalled] = await Promise.all([import('./run.ts'), asCalledHere()]);
  const { env } = process;
  const write = wholeOutput(process.stdout);
  const errPage = pageOf(process.stderr, env, asCalled);
  return await run(args, {
    out: (text) => write(printable(text)),
    outBytes: process.stdout.isTTY ? undefined : write,
    drained: () => drained(interrupt.signal),
    err: (text) => process.stderr.write(printable(withSigns(text, errPage))),
    errRaw: (text) => process.stderr.write(text),
    page: pageOf(process.stdout, env, asCalled),
    errPage,
    isTerminal: isTerminalFor(process.stderr, env),
    stdin: standardInput(() => process.stdin),
    signal: interrupt.signal,
    undisturbed: (inner, left) => interrupt.undisturbed(inner, left),
    showsStacks,
  });
}
