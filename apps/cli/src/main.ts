#!/usr/bin/env node
import { EXIT } from './exit-code.ts';
import { Interrupt } from './interrupt.ts';
import { printable } from './render/printable.ts';

// Signals are watched before anything is loaded that takes time.
const interrupt = new Interrupt();
const showsStacks = process.env.KEXECKIT_DEBUG !== undefined;
process.on('uncaughtException', async (error) => {
  const { renderError } = await import('./render/error.ts');
  process.stderr.write(printable(await renderError(error, { phase: undefined, showsStacks })));
  process.exit(EXIT.trouble);
});

const { run } = await import('./run.ts');
const exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(printable(text)),
  err: (text) => process.stderr.write(printable(text)),
  isTerminal: process.stderr.isTTY === true,
  signal: interrupt.signal,
  showsStacks,
});
interrupt.settle();
// The process ends by itself when everything has been written.
process.exitCode = interrupt.reason?.exitCode ?? exitCode;
