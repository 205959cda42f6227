// Child processes that do not outlive us: a signal that would end us goes to the child, and we end after it.
import { spawn } from 'node:child_process';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Milliseconds between two looks at who our parent is. */
const LOOK = 500;

/**
 * Runs a program to its end. Returns `{ code, error, stdout, stderr }`: its exit code, why it could not start, and what it
 * wrote to standard output and standard error where `stdio` makes these a pipe. When we get a signal meanwhile, this does not return: we end by the same
 * signal, after the child.
 */
export function runChild(program, args, options) {
  return new Promise((done) => {
    let received;
    const forward = (signal) => {
      received = signal;
      // A terminal sends Ctrl-C to the child, too; many programs take a second one as "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    // Before the child is there, so that no signal finds us without.
    for (const signal of SIGNALS) process.on(signal, forward);
    const child = spawn(program, args, options);
    const written = { stdout: '', stderr: '' };
    for (const name of Object.keys(written)) {
      child[name]?.setEncoding('utf8').on('data', (text) => {
        written[name] += text;
      });
    }
    const end = (result) => {
      for (const signal of SIGNALS) process.off(signal, forward);
      if (received === undefined) done({ ...result, ...written });
      else process.kill(process.pid, received);
    };
    child.once('error', (error) => end({ code: 1, error }));
    child.once('close', (code) => end({ code: code ?? 1 }));
  });
}

/** Hangs up on ourselves when npm, which started us, is gone without a signal for us: it was killed. */
export function endWithNpm() {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGHUP');
  }, LOOK);
  timer.unref();
}
