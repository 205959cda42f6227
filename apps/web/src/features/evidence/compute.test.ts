import { readFileSync } from 'node:fs';
import { reportLog } from '@kexeckit/evidence';
import { describe, expect, test } from 'vitest';
import { type LogEvidence, openLogs } from './compute.ts';
import { exampleLog, exampleNames } from './examples.ts';
import { type LineIndex, LineIndexer, readLines } from './lines.ts';

const logOf = (name: string): string => readFileSync(new URL(`./logs/${name}.txt`, import.meta.url), 'utf8');
const evidenceOf = (text: string): Promise<LogEvidence> => openLogs().read('a log', new Blob([text]), () => {});

test.each(exampleNames)('the example %s is read', async (name) => {
  const { file } = await exampleLog(name);
  const text = await file.text();
  const { index, told, boots, loads } = await evidenceOf(text);
  expect(boots + loads.length).toBeGreaterThan(0);
  const { report } = { report: reportLog(text) };
  expect(boots).toBe(report.boots.length);
  const lines = text.split('\n');
  const shown = await readLines(file, index, 0, index.lines);
  for (const line of [1, ...told]) expect(shown[line - 1]).toBe(lines[line - 1]?.trimEnd());
});

test('a log with a kexec that has times gives a profile, and says what is missing; another says why it gives none', async () => {
  const logs = openLogs();
  const { id } = await logs.read('a log', new Blob([logOf('debian-6.1-kexec-tools')]), () => {});
  const fit = logs.fit([id]);
  expect([fit.rows, fit.logs]).toEqual([2, 1]);
  expect(fit.prices.map(({ of }) => of)).toEqual(['a shutdown', 'an instruction', 'a start of the next kernel']);
  expect(fit.profile).toContain('kexeckit-profile/1');
  expect(fit.missing).toContain('a relocation, whatever its size');
  const none = await logs.read('none', new Blob(['kexeckit-run megabytes=x\n']), () => {});
  expect(logs.fit([none.id])).toMatchObject({ profile: undefined, rows: 0 });
});

const rebootOf = (millis: number): string => `[   12.000000] kexeckit-mark 1 realtime=1.000000 checks=yes
[   12.${String(millis).padStart(3, '0')}000] Bye!
[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]
[    2.000000] Run /init as init process
`;

test('prices are fitted to all logs together, but for copies', async () => {
  const logs = openLogs();
  const ids: LogEvidence[] = [];
  for (const millis of [100, 300, 100])
    ids.push(await logs.read(`log ${ids.length}`, new Blob([rebootOf(millis)]), () => {}));
  expect(ids.map(({ copyOf }) => copyOf)).toEqual([undefined, undefined, ids[0]?.id]);
  const fit = logs.fit(ids.map(({ id }) => id));
  expect([fit.rows, fit.logs]).toEqual([4, 2]);
  // By hand: the mean of 0.1 and 0.3; a copy of the first would make it less.
  expect(fit.prices.find(({ of }) => of === 'a shutdown')?.seconds).toBeCloseTo(0.2, 6);
  // Where the first is gone, its copy stands for it.
  expect(logs.fit(ids.slice(1).map(({ id }) => id)).rows).toBe(4);
});

test('a copy counts once, whichever of its copies was taken away before', async () => {
  const logs = openLogs();
  const read = (name: string, millis: number): Promise<LogEvidence> =>
    logs.read(name, new Blob([rebootOf(millis)]), () => {});
  const first = await read('first', 100);
  const second = await read('second', 100);
  const other = await read('other', 300);
  logs.forget(first.id);
  const third = await read('third', 100);
  expect(third.copyOf).toBe(second.id);
  const fit = logs.fit([second, other, third].map(({ id }) => id));
  expect([fit.rows, fit.logs]).toEqual([4, 2]);
});

test('says how far it is, and ends where it is told to', async () => {
  const logs = openLogs();
  const long = new Blob([`[    1.000000] eth0: link up\n`.repeat(100_000)]);
  const shares: number[] = [];
  await logs.read('long', long, (share) => shares.push(share));
  expect(shares.length).toBe(Math.ceil(long.size / 2 ** 19));
  expect([shares.at(-1), shares.every((share, at) => share > (shares[at - 1] ?? 0))]).toEqual([1, true]);
  let seen = 0;
  const reading = logs.read('long', new Blob([long, 'x']), () => {
    seen += 1;
    logs.cancel();
  });
  await expect(reading).rejects.toMatchObject({ code: 'ECANCELED' });
  expect(seen).toBe(1);
});

test('other boots can be looked at', async () => {
  const logs = openLogs();
  const text = rebootOf(100).repeat(100);
  const { id, boots, page } = await logs.read('many', new Blob([text]), () => {});
  expect([boots, page.picture.lanes.length]).toEqual([101, 24]);
  expect(logs.page(id, 96).picture.lanes.map(({ boot }) => boot)).toEqual([97, 98, 99, 100, 101]);
  logs.forget(id);
  expect(() => logs.page(id, 0)).toThrow('was not read');
});

describe('lines', () => {
  const indexOf = (text: string): LineIndex => {
    const lines = new LineIndexer();
    // In bits that divide lines and signs.
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length; at += 3) lines.push(bytes.subarray(at, at + 3));
    return lines.end();
  };

  test.each([
    ['', 0],
    ['\n', 1],
    ['a\n', 1],
    ['a\r\nb\n\nc', 4],
    ['é\n\u{1F600}', 2],
  ])('%j has %i, and they begin behind line feeds', async (text, count) => {
    const index = indexOf(text);
    expect(index.lines).toBe(count);
    const lines = text.replace(/\n$/, '').split('\n').slice(0, count);
    expect(await readLines(new Blob([text]), index, 0, count)).toEqual(lines.map((line) => line.trimEnd()));
  });

  test('behind four GiB are where they are', () => {
    const lines = new LineIndexer();
    // Line k begins one byte behind the piece k - 1 begins; the last pieces are lines of one byte.
    const long = new Uint8Array(2 ** 26).fill(0x78);
    long[0] = 0x0a;
    for (let at = 0; at <= 64; at++) lines.push(long);
    lines.push(new Uint8Array(64).fill(0x0a));
    expect(lines.end().starts.at(-1)).toBe(65 * 2 ** 26 + 63);
  });

  test('in the middle of many are found', async () => {
    const text = Array.from({ length: 5000 }, (_, at) => `line ${at}`).join('\n');
    const index = indexOf(text);
    expect(index.starts.length).toBe(Math.ceil(5000 / 64));
    expect(await readLines(new Blob([text]), index, 4990, 5100)).toEqual(
      Array.from({ length: 10 }, (_, at) => `line ${4990 + at}`),
    );
    expect(await readLines(new Blob([text]), index, 63, 65)).toEqual(['line 63', 'line 64']);
  });

  test('of a line without an end the beginning is shown, and what follows it', async () => {
    const file = new Blob(['a\n', 'x'.repeat(2 ** 20), '\nb']);
    const index = indexOf(await file.text());
    const [a, long, b] = await readLines(file, index, 0, 3);
    expect([a, long?.length, b]).toEqual(['a', 1000, 'b']);
  });

  test('what would turn, hide or act is shown as a sign', async () => {
    const text = '\u001b[31mred\u202Eevil\0\u007f\u200b\tb';
    const [line] = await readLines(new Blob([text]), indexOf(text), 0, 1);
    expect(line).toBe('␛[31mred\uFFFDevil␀␡\uFFFD\tb');
  });
});
