import type { ServerResponse } from 'node:http';
import { CliError } from '../../../error.ts';
import { complain, done, POLICY, sendJson, turnAway } from '../answer.ts';
import type { Place, Route } from '../route.ts';
import { passOver, readBody } from './body.ts';
import { readRequest } from './request.ts';
import type { QemuRun } from './run.ts';
import type { QemuRuns, Slot } from './runs.ts';
import { sendEvents } from './watch-events.ts';

/** Where machines are asked for; what is below it names one, by an identifier that nobody guesses. */
const RUNS = 'runs';
const BYTES = 'application/octet-stream';

/**
 * What is answered below the offer of QEMU: `''` tells what there may be, `runs` starts a machine (POST), `runs/ID` ends it (DELETE),
 * `runs/ID/events` tells of it as Server-Sent Events, `runs/ID/input` takes what is typed (POST).
 */
export function qemuPlace(runs: QemuRuns, path: string): Place | undefined {
  const { limits } = runs;
  if (path === '') return { GET: { answer: async (_, response) => sendJson(response, 200, limits) } };
  const [first, id, what, ...more] = path.split('/');
  if (first !== RUNS || more.length > 0) return undefined;
  if (id === undefined) return { POST: { bodyBytes: limits.bodyBytes, answer: starting(runs) } };
  const run = runs.find(id);
  if (run === undefined) return undefined;
  switch (what) {
    case undefined:
      return { DELETE: { answer: async (_, response) => await run.end().then(() => done(response)) } };
    case 'events':
      return { GET: { answer: watching(run, limits.stallMs) } };
    case 'input':
      return { POST: { bodyBytes: limits.inputBytes, answer: typing(run, limits.silenceMs) } };
    default:
      return undefined;
  }
}

const starting =
  (runs: QemuRuns): Route['answer'] =>
  async (request, response) => {
    if (request.headers['content-type'] !== BYTES) return turnAway(response, 415);
    const slot = runs.take();
    if (slot === undefined) {
      // A browser hears an answer only when it has sent everything: it is read, and nothing of it is kept.
      if (!(await passOver(request, runs.limits.silenceMs))) return turnAway(response, 408);
      return complain(response, 429, { code: 'EBUSY', ...TOO_MANY });
    }
    const body = await readBody(request, runs.limits.silenceMs);
    if (body !== undefined) return start(slot, body, runs, response);
    slot.release();
    turnAway(response, 408);
  };

const TOO_MANY = {
  message: 'as many machines run as may run at once',
  hint: 'end one of them: they may belong to other windows of the lab',
};

function start(slot: Slot, body: Uint8Array, { limits }: QemuRuns, response: ServerResponse): void {
  try {
    readRequest(body, limits);
    const { id } = slot.start(body);
    sendJson(response, 201, { id });
  } catch (error) {
    slot.release();
    if (!(error instanceof CliError)) throw error;
    const { code, message, hint } = error;
    complain(response, 400, { code, message, hint });
  }
}

const watching =
  (run: QemuRun, stallMs: number): Route['answer'] =>
  async (request, response) => {
    const leave = run.watch();
    if (leave === undefined) return turnAway(response, 429);
    const last = Number(request.headers['last-event-id'] ?? 0);
    const from = Number.isSafeInteger(last) && last >= 0 && last < run.log.next ? last + 1 : 1;
    response.writeHead(200, { ...POLICY, 'content-type': 'text/event-stream', connection: 'close' });
    try {
      if (request.method === 'HEAD') return void response.end();
      response.flushHeaders();
      await sendEvents(run.log, response, from, stallMs);
    } finally {
      leave();
    }
  };

const typing =
  (run: QemuRun, silenceMs: number): Route['answer'] =>
  async (request, response) => {
    if (request.headers['content-type'] !== BYTES) return turnAway(response, 415);
    const body = await readBody(request, silenceMs);
    if (body === undefined) return turnAway(response, 408);
    const typed = run.type(body);
    if (typed === 'taken') return done(response);
    complain(response, 409, typed === 'closed' ? NO_CONSOLE : NOT_READ);
  };

const NO_CONSOLE = {
  code: 'ENXIO',
  message: 'there is no console to type on',
  hint: 'wait until the next kernel is up',
};
const NOT_READ = {
  code: 'EAGAIN',
  message: 'the machine has not read what was typed before',
  hint: 'wait until it does, or end it',
};
