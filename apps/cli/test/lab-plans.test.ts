import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { generateWorkload } from '@kexeckit/reboot';
import { skipWithout, whyNoQemu } from '@kexeckit/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostOffers } from '../src/commands/lab/offers.ts';
import type { CommandOf } from '../src/commands/lab/qemu/boot-process.ts';
import { type QemuLimits, qemuLimits } from '../src/commands/lab/qemu/limits.ts';
import type { Host } from '../src/commands/lab/route.ts';
import { labServer } from '../src/commands/lab/server.ts';
import { testFolder } from './kexeckit.ts';
import { ask, bodyOf, inPart, own, startLab, startRun, type Told, told, wishes } from './lab-client.ts';
import { Trace } from './processes.ts';

const TIMEOUT = 120_000;
const MIB = 2 ** 20;

/** What takes seconds to plan; it is made once, as that takes seconds too. */
let made: Buffer<ArrayBuffer> | undefined;
const large = (): Buffer<ArrayBuffer> => (made ??= bodyOf({ ...generateWorkload(40 * MIB, 80 * MIB, 1) }));
const tells = (phase: string) => (all: readonly Told[]) => all.some(({ data }) => data.phase === phase);
const isProved = (all: readonly Told[]): boolean => all.some(({ type }) => type === 'proved');
const end = (run: URL): Promise<Response> => fetch(run, { method: 'DELETE', headers: { origin: run.origin } });

beforeEach((ctx) => skipWithout(ctx, whyNoQemu()));

describe('while a plan is made', () => {
  const folder = testFolder();

  test(
    'others are answered, and who ends it waits for nothing; it leaves nothing',
    async () => {
      const trace = new Trace(folder);
      const { address, end: endLab } = await startLab(trace.env);
      const run = await startRun(address, large());
      await told(run, tells('plan'));
      let isOver = false;
      const proved = told(run, isProved).then(() => {
        isOver = true;
      });
      let answered = 0;
      while (!isOver) {
        await (await fetch(new URL('host/qemu', address))).text();
        answered += 1;
      }
      await proved;
      expect(answered).toBeGreaterThan(20);
      await end(run);

      const second = await startRun(address, large());
      await told(second, tells('plan'));
      expect((await end(second)).status).toBe(204);
      const all = await told(second);
      expect(all.at(-1)?.data).toMatchObject({ how: 'cancelled', error: { code: 'ECANCELED', phase: 'plan' } });
      expect(all.some(({ type }) => type === 'planned')).toBe(false);
      await endLab('SIGINT');
      expect(await trace.left()).toEqual([]);
    },
    TIMEOUT,
  );

  test.each<NodeJS.Signals>(['SIGTERM', 'SIGKILL'])(
    'the lab ends by %s, and nothing is left',
    async (signal) => {
      const trace = new Trace(folder);
      const { address, end: endLab } = await startLab(trace.env);
      const run = await startRun(address, large());
      await told(run, tells('plan'));
      await trace.runs('@booter');
      await endLab(signal);
      expect(await trace.left()).toEqual([]);
    },
    TIMEOUT,
  );
});

describe('a process that does not do as it should', () => {
  let host: Host | undefined;
  let server: Server | undefined;
  let lab = new URL('http://127.0.0.1');

  /** A lab whose machines are booted by something else. */
  async function labWith(command: CommandOf, limits: QemuLimits = qemuLimits): Promise<URL> {
    host = await hostOffers(limits, process.platform, command);
    server = labServer(new Map(), host, () => ({ port: Number(lab.port), token: 'word' }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object') lab = new URL(`http://127.0.0.1:${address?.port}/word/`);
    return lab;
  }
  afterEach(async () => {
    await host?.end();
    server?.close();
    server?.closeAllConnections();
  });
  const script =
    (text: string): CommandOf =>
    () => [process.execPath, '-e', text];
  const small = bodyOf({ ...generateWorkload(MIB, MIB, 1) });
  /** It computes, and listens to nobody. */
  const stuck = script("process.send({ type: 'phase', phase: 'plan' }); for (;;);");

  test(
    'that hears nothing is ended by DELETE',
    async () => {
      const run = await startRun(await labWith(stuck), small);
      await told(run, tells('plan'));
      expect((await end(run)).status).toBe(204);
      expect((await told(run)).at(-1)?.data).toMatchObject({
        how: 'cancelled',
        error: { code: 'ECANCELED', phase: 'plan' },
      });
    },
    TIMEOUT,
  );

  test(
    'that takes too long is ended',
    async () => {
      const run = await startRun(await labWith(stuck, { ...qemuLimits, planMs: 1500 }), small);
      expect((await told(run)).at(-1)?.data).toMatchObject({
        how: 'failed',
        error: { code: 'ETIMEDOUT', message: 'the plan took longer than 1.5 s', phase: 'plan' },
      });
    },
    TIMEOUT,
  );

  test(
    'that has told its end, and stays, is ended',
    async () => {
      const ended = (type: string): CommandOf =>
        script(`process.send({ type: '${type}', report: {}, error: { code: 'EX' } }); setInterval(() => {}, 1000);`);
      for (const [type, how] of [
        ['failed', 'failed'],
        ['arrived', 'arrived'],
      ] as const) {
        const run = await startRun(await labWith(ended(type)), small);
        expect((await told(run)).at(-1)?.data).toMatchObject({ how });
        expect((await end(run)).status).toBe(204);
        await host?.end();
      }
    },
    TIMEOUT,
  );

  test(
    'whose command line the system refuses is told of, and the lab goes on',
    async () => {
      const limits = { ...qemuLimits, graceMs: 200 };
      // More than Linux takes as one argument.
      await labWith(() => [process.execPath, 'x'.repeat(2 ** 22)], limits);
      const run = await startRun(lab, small);
      expect((await told(run)).at(-1)?.data).toMatchObject({ how: 'failed', error: { code: 'EIO' } });
      await setTimeout(2 * limits.graceMs);
      expect((await fetch(new URL('host/qemu', lab))).status).toBe(200);
    },
    TIMEOUT,
  );

  test(
    'that dies, or cannot be started, is told of, and its place is free again',
    async () => {
      const dying = await startRun(await labWith(script('process.kill(process.pid, "SIGSEGV")')), small);
      expect((await told(dying)).at(-1)?.data).toMatchObject({ how: 'failed', error: { code: 'EIO' } });
      await host?.end();
      await labWith(() => ['/nowhere/node']);
      for (let times = 0; times <= qemuLimits.machines; times += 1) {
        const run = await startRun(lab, small);
        expect((await told(run)).at(-1)?.data).toMatchObject({ how: 'failed', error: { code: 'EIO' } });
      }
    },
    TIMEOUT,
  );

  test(
    'that reads nothing of what is typed gets no more than may wait, however much is sent at once',
    async () => {
      const up = script("process.send({ type: 'up', report: {} }); setInterval(() => {}, 1000);");
      const run = await startRun(await labWith(up), small);
      await told(run, (all) => all.some(({ type }) => type === 'up'));
      const body = Buffer.alloc(qemuLimits.inputBytes, 'x');
      const type = (): Promise<Response> => fetch(`${run}/input`, { method: 'POST', headers: own(lab), body });
      const answers = await Promise.all(Array.from({ length: 40 }, type));
      const taken = answers.filter(({ status }) => status === 204).length;
      expect(taken).toBe(qemuLimits.waitingBytes / qemuLimits.inputBytes);
      expect(answers.filter(({ status }) => status === 409).length).toBe(40 - taken);
      expect((await end(run)).status).toBe(204);
      expect((await told(run)).at(-1)?.data).toMatchObject({ how: 'arrived' });
    },
    TIMEOUT,
  );

  test(
    'of many that are asked for at once, so many start as may',
    async () => {
      await labWith(stuck);
      const answers = await Promise.all(Array.from({ length: 30 }, () => ask(lab, small)));
      const count = (wanted: number): number => answers.filter(({ status }) => status === wanted).length;
      expect([count(201), count(429)]).toEqual([qemuLimits.machines, 30 - qemuLimits.machines]);
    },
    TIMEOUT,
  );

  test(
    'that floods the console is heard to its end, and the end of that is kept',
    async () => {
      const flood = script(
        "const text = 'y\\n'.repeat(4096); let n = 0; const more = () => n++ < 4000 ? process.send({ type: 'console', text }, more) : process.send({ type: 'arrived', report: {} }, () => process.exit()); more();",
      );
      const run = await startRun(await labWith(flood), small);
      const all = await told(run, undefined);
      expect(all.at(-1)?.data).toMatchObject({ how: 'arrived' });
      const late = await told(run);
      expect(JSON.stringify(late).length).toBeLessThan(2 * qemuLimits.consoleLength);
    },
    TIMEOUT,
  );

  test(
    'what no machine has room for is refused in words, before it is unpacked',
    async () => {
      await labWith(inPart);
      const bomb = gzipSync(Buffer.alloc(257 * MIB));
      const refused = async (files: Readonly<Record<string, Uint8Array>>, memoryMib: number): Promise<unknown> => {
        const all = await told(await startRun(lab, bodyOf(files, { ...wishes, memoryMib })));
        return all.at(-1)?.data.error;
      };
      expect(await refused({ kernel: new Uint8Array(bomb) }, 256)).toMatchObject({
        code: 'EFBIG',
        message: `the file unpacks to more than ${256 * MIB} bytes`,
        hint: expect.stringContaining('no room'),
      });
      const { kernel } = generateWorkload(MIB, MIB, 1);
      const absurd = kernel.slice();
      new DataView(absurd.buffer).setBigUint64(16, 2n ** 60n, true);
      expect(await refused({ kernel: absurd }, 512)).toMatchObject({ code: 'ENOEXEC' });
      expect(await refused({ kernel, dtb: new Uint8Array(3 * MIB) }, 512)).toMatchObject({ code: 'ENOSPC' });
      const tree = new Uint8Array(4096);
      // A header of version 17 that tells of 4 GiB.
      for (const [at, word] of [0xd00d_feed, 0xffff_ffff, 56, 56, 40, 17, 16].entries())
        new DataView(tree.buffer).setUint32(4 * at, word);
      expect(await refused({ kernel, dtb: tree }, 512)).toMatchObject({ code: 'ENODATA' });
    },
    TIMEOUT,
  );
});
