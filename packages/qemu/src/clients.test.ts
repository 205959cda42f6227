import { type Duplex, duplexPair } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { GdbClient } from './gdb.ts';
import { QmpClient } from './qmp.ts';

/** What a client throws for nonsense, now and ever after. */
const protocolError = { name: 'QemuError', code: 'EPROTO', hint: expect.any(String) };

const packet = (text: string): string => {
  const sum = [...text].reduce((total, letter) => total + letter.charCodeAt(0), 0) % 256;
  return `$${text}#${sum.toString(16).padStart(2, '0')}`;
};

/** The other end of a connection, which answers each line or packet as told. */
function otherEnd(ends: RegExp, answer: (asked: string) => string | undefined): { ours: Duplex; asked: string[] } {
  const [ours, theirs] = duplexPair();
  const asked: string[] = [];
  let text = '';
  theirs.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    for (let found = ends.exec(text); found !== null; found = ends.exec(text)) {
      text = text.slice(found.index + found[0].length);
      asked.push(found[1] ?? '');
      const said = answer(found[1] ?? '');
      if (said !== undefined) theirs.write(said);
    }
  });
  return { ours, asked };
}

const qmpEnd = (answer: (command: string) => string | undefined) =>
  otherEnd(/^(.*)\n/, (line) => answer(String(JSON.parse(line).execute)));
const gdbEnd = (answer: (command: string) => string | undefined) =>
  otherEnd(/\$([^#]*)#[0-9a-f]{2}/, (command) => answer(command));

const yes = '{"return": {}}\n';

describe('the control client', () => {
  test.each([
    ['no JSON', 'x\n'],
    ['no object', '7\n'],
    ['an error without words', '{"error": 1}\n'],
    ['half a line, then no JSON', '{"return"\n'],
  ])('%s: whoever waits is told, and everybody after', async (_, nonsense) => {
    const qmp = await QmpClient.over(qmpEnd((command) => (command === 'qmp_capabilities' ? yes : nonsense)).ours);
    const both = await Promise.allSettled([qmp.execute('one'), qmp.execute('two')]);
    for (const each of both) expect(each).toMatchObject({ status: 'rejected', reason: protocolError });
    await expect(qmp.execute('three')).rejects.toMatchObject(protocolError);
  });

  test('a greeting that makes no sense', async () => {
    await expect(QmpClient.over(qmpEnd(() => 'GET / HTTP/1.1\n').ours)).rejects.toMatchObject(protocolError);
  });

  test('a line without an end', async () => {
    const { ours } = qmpEnd(() => 'x'.repeat((1 << 24) + 1));
    await expect(QmpClient.over(ours)).rejects.toMatchObject(protocolError);
  });

  test('arguments that JSON cannot hold are refused, and the connection goes on', async () => {
    const qmp = await QmpClient.over(qmpEnd(() => yes).ours);
    await expect(qmp.execute('x', { a: 1n })).rejects.toMatchObject({ name: 'QemuError', code: 'EINVAL' });
    expect(await qmp.execute('y')).toEqual({});
  });

  test('what is asked after the end is refused', async () => {
    const qmp = await QmpClient.over(qmpEnd(() => yes).ours);
    qmp.close();
    await expect(qmp.execute('x')).rejects.toMatchObject({ name: 'QemuError', code: 'ENOTCONN' });
  });
});

describe('the debugger client', () => {
  const sound = (command: string): string =>
    `+${packet(command === '?' ? 'T05' : command === 'qAttached' ? '1' : 'OK')}`;

  test('two questions at once are answered one after the other', async () => {
    const { ours, asked } = gdbEnd((command) => (command.startsWith('Z') ? packet('OK') : sound(command)));
    const gdb = await GdbClient.over(ours);
    await Promise.all([gdb.setBreakpoint(0x10n), gdb.clearBreakpoint(0x20n), gdb.setBreakpoint(0x30n)]);
    expect(asked.slice(2)).toEqual(['Z1,10,4', 'z1,20,4', 'Z1,30,4']);
  });

  test.each([
    ['letters between packets', 'hello'],
    ['a wrong sum', '$OK#00'],
    ['a packet without an end', `$${'x'.repeat(1 << 20)}`],
  ])('%s: whoever waits is told, and everybody after', async (_, nonsense) => {
    const gdb = await GdbClient.over(gdbEnd((command) => (command === 'g' ? nonsense : sound(command))).ours);
    const both = await Promise.allSettled([gdb.registers(), gdb.step()]);
    for (const each of both) expect(each).toMatchObject({ status: 'rejected', reason: protocolError });
    await expect(gdb.registers()).rejects.toMatchObject(protocolError);
  });

  test.each(['E01', 'xyz', '00', '', 'zz'.repeat(300)])('registers that are %j', async (reply) => {
    const gdb = await GdbClient.over(gdbEnd((command) => (command === 'g' ? packet(reply) : sound(command))).ours);
    await expect(gdb.registers()).rejects.toMatchObject(protocolError);
  });

  test('a stop that is none', async () => {
    const gdb = await GdbClient.over(gdbEnd(sound).ours);
    await expect(gdb.continueToStop()).rejects.toMatchObject(protocolError);
  });
});

test('a connection that nobody opens, cancelled', async () => {
  const canceled = { name: 'QemuError', code: 'ECANCELED', cause: 'enough' };
  for (const client of [QmpClient, GdbClient]) {
    await expect(client.connect('/nowhere/socket', AbortSignal.abort('enough'))).rejects.toMatchObject(canceled);
    const stop = new AbortController();
    const connecting = client.connect('/nowhere/socket', stop.signal);
    setTimeout(() => stop.abort('enough'), 20);
    await expect(connecting).rejects.toMatchObject(canceled);
  }
});
