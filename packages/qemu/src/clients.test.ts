import { getEventListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { GdbClient } from './gdb.ts';
import { QmpClient } from './qmp.ts';

/** What a client throws for nonsense, now and ever after. */
const protocolError = { name: 'QemuError', code: 'EPROTO', hint: expect.any(String) };

const packet = (text: string): string => {
  const sum = [...text].reduce((total, letter) => total + letter.charCodeAt(0), 0) % 256;
  return `$${text}#${sum.toString(16).padStart(2, '0')}`;
};

/** The other end of a connection, which answers each line or packet as told. */
function otherEnd(
  ends: RegExp,
  answer: (asked: string) => string | undefined,
): { ours: Duplex; theirs: Duplex; asked: string[] } {
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
  return { ours, theirs, asked };
}

const qmpEnd = (answer: (command: string) => string | undefined) =>
  otherEnd(/^(.*)\n/, (line) => answer(String(JSON.parse(line).execute)));
/** Says that it has taken a question before it answers. */
const gdbEnd = (answer: (command: string) => string | undefined) =>
  otherEnd(/\$([^#]*)#[0-9a-f]{2}/, (command) => answer(command)?.replace(/^(?![+-])/, '+'));

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

  test.each([
    ['a number', (deep: string) => `{"return": {}, "id": ${deep}}\n`, (qmp: QmpClient) => qmp.execute('x')],
    ['an answer of the monitor', (deep: string) => `{"return": ${deep}}\n`, (qmp: QmpClient) => qmp.monitor('x')],
  ])('%s that is nested too deeply ends the connection', async (_, answer, ask) => {
    const deep = answer('['.repeat(100_000) + ']'.repeat(100_000));
    const qmp = await QmpClient.over(qmpEnd((command) => (command === 'qmp_capabilities' ? yes : deep)).ours);
    await expect(ask(qmp)).rejects.toMatchObject(protocolError);
    await expect(qmp.execute('y')).rejects.toMatchObject(protocolError);
  });

  test('a line without an end', async () => {
    const { ours } = qmpEnd(() => 'x'.repeat((1 << 24) + 1));
    await expect(QmpClient.over(ours)).rejects.toMatchObject(protocolError);
  });

  test('a line that is longer than any answer', async () => {
    const long = `{"return": "${'x'.repeat(1 << 22)}"}\n`;
    const qmp = await QmpClient.over(qmpEnd((command) => (command === 'x' ? long : yes)).ours);
    await expect(qmp.execute('x')).rejects.toMatchObject(protocolError);
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

  test('two commands at once wait for each other', async () => {
    const { ours, theirs, asked } = qmpEnd((command) => (command === 'qmp_capabilities' ? yes : undefined));
    const qmp = await QmpClient.over(ours);
    const both = Promise.all([qmp.execute('one'), qmp.execute('two')]);
    const commands = (): string[] => asked.map((line) => JSON.parse(line).execute);
    await turns();
    expect(commands()).toEqual(['qmp_capabilities', 'one']);
    theirs.write('{"return": 1}\n');
    await turns();
    expect(commands()).toEqual(['qmp_capabilities', 'one', 'two']);
    theirs.write('{"return": 2}\n');
    expect(await both).toEqual([1, 2]);
  });

  test.each([
    ['a message that is nothing', '{}\n', /said "\{\}"/],
    ['an answer and a refusal in one', '{"return": 1, "error": {"desc": "no"}}\n', /control connection said/],
    ['an answer to another command', '{"return": 1, "id": 77}\n', /answered number "77" to one/],
    ['two answers', '{"return": 1}\n{"return": 2}\n', /though nothing was asked/],
    ['a second greeting', '{"QMP": {}}\n', /control connection said/],
  ])('%s ends the connection', async (_, answer, message) => {
    const qmp = await QmpClient.over(qmpEnd((command) => (command === 'qmp_capabilities' ? yes : answer)).ours);
    await qmp.execute('one').catch(() => {});
    await turns();
    const error = { ...protocolError, message: expect.stringMatching(message) };
    await expect(qmp.execute('two')).rejects.toMatchObject(error);
  });

  test('an answer without the number that the others had', async () => {
    const numbered = '{"return": {}, "id": 1}\n';
    const qmp = await QmpClient.over(qmpEnd((command) => (command === 'qmp_capabilities' ? numbered : yes)).ours);
    await expect(qmp.execute('one')).rejects.toMatchObject({
      code: 'EPROTO',
      message: expect.stringMatching(/without/),
    });
  });

  test('a refusal of what QEMU cannot parse has no number, and may come twice: nothing is believed behind it', async () => {
    const unparsed = '{"error": {"class": "GenericError", "desc": "JSON parse error, invalid code point"}}\n';
    const answer = (line: string): string => {
      const { execute, id } = JSON.parse(line);
      return execute === 'odd' ? unparsed : `${JSON.stringify({ return: execute, id })}\n`;
    };
    const qmp = await QmpClient.over(otherEnd(/^(.*)\n/, answer).ours);
    const refused = { name: 'QemuError', code: 'EINVAL', message: expect.stringMatching(/invalid code point/) };
    await expect(qmp.execute('odd', { text: '\ud800' })).rejects.toMatchObject(refused);
    await expect(qmp.execute('even')).rejects.toMatchObject(refused);
  });

  test('events and empty lines in between are no answers', async () => {
    const answer = '\n\r\n{"event": "STOP"}\n{"return": 5}\n{"event": "RESUME"}\n';
    const qmp = await QmpClient.over(qmpEnd((command) => (command === 'qmp_capabilities' ? yes : answer)).ours);
    expect(await qmp.execute('one')).toBe(5);
    expect(await qmp.execute('two')).toBe(5);
  });

  test('what the monitor prints is text', async () => {
    const qmp = await QmpClient.over(qmpEnd(() => yes).ours);
    await expect(qmp.monitor('info registers')).rejects.toMatchObject(protocolError);
  });
});

/** A few turns of the event loop. */
async function turns(): Promise<void> {
  for (let count = 0; count < 10; count++) await nextTurn();
}

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

  test.each(['E01', 'xyz', '00', '', 'zz'.repeat(300), '00'.repeat(300)])('registers that are %j', async (reply) => {
    const gdb = await GdbClient.over(gdbEnd((command) => (command === 'g' ? packet(reply) : sound(command))).ours);
    await expect(gdb.registers()).rejects.toMatchObject(protocolError);
  });

  const g = '0'.repeat(16 * 33);

  test('run-length encoding', async () => {
    // 1 and 0, and then 5 times 97 and 41 more zeros.
    const encoded = `10${'*~'.repeat(5)}*F`;
    const gdb = await GdbClient.over(gdbEnd((command) => (command === 'g' ? packet(encoded) : sound(command))).ours);
    const { x, pc } = await gdb.registers();
    expect([x[0], x[1], pc]).toEqual([0x10n, 0n, 0n]);
  });

  const digits = g.length;
  const odd = { short: `${'0'.repeat(digits - 3)}0*\x1f`, long: `${'0'.repeat(digits - 99)}0*\x7f` };
  test.each(['*~', '0*', odd.short, odd.long, '}'])('a run or an escape that is none: %j', async (reply) => {
    const gdb = await GdbClient.over(gdbEnd((command) => (command === 'g' ? packet(reply) : sound(command))).ours);
    await expect(gdb.registers()).rejects.toMatchObject(protocolError);
  });

  test('a packet that says that it is longer than it may be', async () => {
    const reply = packet('0*~'.repeat(1 << 16));
    const gdb = await GdbClient.over(gdbEnd((command) => (command === 'g' ? reply : sound(command))).ours);
    await expect(gdb.registers()).rejects.toMatchObject(protocolError);
  });

  test('what the machine prints by way of the debugger, and notifications, are no stops', async () => {
    const answer = `+${packet('O6869')}%Stop:T05#${packet('Stop:T05').slice(-2)}${packet('O')}${packet('T05')}`;
    const gdb = await GdbClient.over(gdbEnd((command) => (command === 'c' ? answer : sound(command))).ours);
    expect(await gdb.continueToStop()).toBeUndefined();
  });

  test.each(['W00', 'X09'])('a machine that has ended (%s) is none that has stopped', async (reply) => {
    const gdb = await GdbClient.over(gdbEnd((command) => (command === 'c' ? packet(reply) : sound(command))).ours);
    const ended = { name: 'QemuError', code: 'EIO', message: expect.stringContaining(reply) };
    await expect(gdb.continueToStop()).rejects.toMatchObject(ended);
  });

  test('a packet that the stub did not get is sent again, a few times', async () => {
    let times = 0;
    const answer = (command: string) =>
      command === 'g' && ++times < 3 ? '-' : command === 'g' ? packet(g) : sound(command);
    const gdb = await GdbClient.over(gdbEnd(answer).ours);
    expect((await gdb.registers()).pc).toBe(0n);
    expect(times).toBe(3);
    const never = await GdbClient.over(gdbEnd((command) => (command === 'g' ? '-' : sound(command))).ours);
    await expect(never.registers()).rejects.toMatchObject(protocolError);
  });

  test('a second answer is not taken for the answer to the next question', async () => {
    const twice = packet(g) + packet(g);
    const gdb = await GdbClient.over(gdbEnd((command) => (command === 'g' ? twice : sound(command))).ours);
    await gdb.registers();
    await expect(gdb.registers()).rejects.toMatchObject(protocolError);
  });

  /** Registers a and b, of 64 bits. */
  const pair = (answer: (command: string) => string | undefined) => (command: string) => {
    if (command.includes('target.xml')) return packet('l<xi:include href="core.xml"/>');
    if (command.startsWith('qXfer'))
      return packet('l<reg name="a" bitsize="64" regnum="1"/><reg name="b" bitsize="64"/>');
    return command.startsWith('p') ? answer(command) : sound(command);
  };
  const [a, b] = [packet('11'.repeat(8)), packet('22'.repeat(8))];

  test('a second answer that comes late is not taken for the answer to the next question', async () => {
    const { ours, theirs } = gdbEnd(pair((command) => (command === 'p1' ? a : undefined)));
    const gdb = await GdbClient.over(ours);
    expect(await gdb.register('a')).toBe(0x1111_1111_1111_1111n);
    await turns();
    const next = gdb.register('b');
    await turns();
    theirs.write(`${a}+${b}`);
    const error = { ...protocolError, message: expect.stringMatching(/to p2 \(b\), before it had taken the question/) };
    await expect(next).rejects.toMatchObject(error);
    await expect(gdb.register('b')).rejects.toMatchObject(error);
  });

  test.each(['OK', 'T05', '11', 'W00'])('behind an answer of another kind (%s) none is believed', async (reply) => {
    const { ours } = gdbEnd(pair((command) => (command === 'p1' ? packet(reply) : a + packet('22'.repeat(8)))));
    const gdb = await GdbClient.over(ours);
    await expect(gdb.register('a')).rejects.toMatchObject({ name: 'QemuError' });
    await expect(gdb.register('b')).rejects.toMatchObject({ message: expect.stringContaining(reply) });
  });

  test.each(['E01', 'E.not here', ''])('a refusal (%j) is an answer, and the connection goes on', async (reply) => {
    const { ours } = gdbEnd(pair((command) => (command === 'p1' ? packet(reply) : b)));
    const gdb = await GdbClient.over(ours);
    await expect(gdb.register('a')).rejects.toMatchObject(protocolError);
    expect(await gdb.register('b')).toBe(0x2222_2222_2222_2222n);
  });

  test('a machine that ran stops, and tells so before or after the answer, or instead of it', async () => {
    for (const [first, second] of [
      [packet('T02'), `+${packet('1')}`],
      [`${packet('T02')}+${packet('T05')}`, `+${packet('1')}`],
      [`+${packet('T05')}${packet('T02')}`, `+${packet('1')}`],
      [packet('T02'), `+${packet('T05')}+${packet('1')}`],
    ]) {
      const opening: Record<string, string | undefined> = { '?': first, qAttached: second };
      const { ours } = otherEnd(/\$([^#]*)#[0-9a-f]{2}/, (command) => opening[command] ?? `+${packet('OK')}`);
      const gdb = await GdbClient.over(ours);
      await gdb.setBreakpoint(0n);
      await gdb.clearBreakpoint(0n);
    }
  });

  test('a stub that never says what it has taken is believed', async () => {
    const { ours } = otherEnd(/\$([^#]*)#[0-9a-f]{2}/, (command) => sound(command).slice(1));
    const gdb = await GdbClient.over(ours);
    await gdb.setBreakpoint(0n);
    await gdb.clearBreakpoint(0n);
  });

  test.each([-1n, 1n << 64n])('%d is no address of a breakpoint', async (address) => {
    const { ours, asked } = gdbEnd(sound);
    const gdb = await GdbClient.over(ours);
    for (const asking of [gdb.setBreakpoint(address), gdb.clearBreakpoint(address)])
      await expect(asking).rejects.toMatchObject({ name: 'QemuError', code: 'EINVAL' });
    await gdb.setBreakpoint((1n << 64n) - 1n);
    expect(asked.slice(2)).toEqual(['Z1,ffffffffffffffff,4']);
  });

  // An expression that tries all ways to split the pairs takes 15 s for these, and no deadline can fire meanwhile.
  test('a stop reply of many pairs that are none is no stop at once', { timeout: 5000 }, async () => {
    const reply = `T05a${':aaaa'.repeat(15)};;`;
    const gdb = await GdbClient.over(gdbEnd((command) => (command === 'c' ? packet(reply) : sound(command))).ours);
    await expect(gdb.continueToStop()).rejects.toMatchObject(protocolError);
  });

  test.each(['T05 no', 'T05thread:01;\x01', 'S05thread:01;', 'T5'])('%j is no stop', async (reply) => {
    const gdb = await GdbClient.over(gdbEnd((command) => (command === 'c' ? packet(reply) : sound(command))).ours);
    await expect(gdb.continueToStop()).rejects.toMatchObject(protocolError);
  });

  test('what is asked after the end is refused, an interrupt too', async () => {
    const gdb = await GdbClient.over(gdbEnd(sound).ours);
    await gdb.detach();
    const over = { name: 'QemuError', code: 'ENOTCONN', message: expect.stringContaining('closed here') };
    for (const ask of [() => gdb.registers(), () => gdb.step(), () => gdb.setBreakpoint(0n), () => gdb.detach()])
      await expect(ask()).rejects.toMatchObject(over);
    expect(() => gdb.interrupt()).toThrow(expect.objectContaining(over));
  });

  test('an interrupt waits until the machine runs, and is nothing where it does not', async () => {
    const said: string[] = [];
    const { ours, theirs } = gdbEnd((command) => (command === 'c' ? '+' : sound(command)));
    theirs.on('data', (text: string) => said.push(text));
    const gdb = await GdbClient.over(ours);
    gdb.interrupt();
    await turns();
    expect(said.join('')).not.toContain('\x03');
    const stopped = gdb.continueToStop();
    gdb.interrupt();
    await turns();
    expect(said.join('').endsWith('$c#63\x03')).toBe(true);
    theirs.write(packet('T02'));
    await stopped;
  });

  test('an interrupt of a run that waits for its turn comes right behind it', async () => {
    const said: string[] = [];
    const { ours, theirs } = gdbEnd((command) => (/^[gc]$/.test(command) ? '+' : sound(command)));
    theirs.on('data', (text: string) => said.push(text));
    const gdb = await GdbClient.over(ours);
    const both = Promise.all([gdb.registers(), gdb.continueToStop()]);
    gdb.interrupt();
    await turns();
    expect(said.join('').endsWith('$g#67')).toBe(true);
    theirs.write(packet(g));
    await turns();
    expect(said.join('').endsWith('$c#63\x03')).toBe(true);
    theirs.write(packet('T02'));
    await both;
  });

  test('each packet that comes is acknowledged, and nothing else', async () => {
    const said: string[] = [];
    const answer = `${packet('O6869')}%Stop:T05#${packet('Stop:T05').slice(-2)}${packet('T05')}`;
    const { ours, theirs } = gdbEnd((command) => (command === 'c' ? answer : sound(command)));
    theirs.on('data', (text: string) => said.push(text));
    const gdb = await GdbClient.over(ours);
    await gdb.continueToStop();
    expect(said.join('').match(/\+/g)).toHaveLength(4);
  });

  test('a description that was refused is asked for anew', async () => {
    let times = 0;
    const answer = pair(() => a);
    const { ours } = gdbEnd((command) =>
      command.includes('target') && ++times === 1 ? packet('E01') : answer(command),
    );
    const gdb = await GdbClient.over(ours);
    await expect(gdb.register('a')).rejects.toMatchObject(protocolError);
    expect(await gdb.register('a')).toBe(0x1111_1111_1111_1111n);
  });

  const described = (target: string, features: string) => (command: string) => {
    if (command.includes('target.xml')) return packet(`l${target}`);
    if (command.startsWith('qXfer')) return packet(`l${features}`);
    return sound(command);
  };
  const target = '<xi:include href="core.xml"/>';

  test.each([
    ['names a file that is none', described('<xi:include href="a/../b#"/>', '')],
    ['numbers a register beyond all', described(target, '<reg name="pc" regnum="99999999999999999999"/>')],
    [
      'has no end',
      (command: string) => (command.startsWith('qXfer') ? packet(`m${'x'.repeat(0xff0)}`) : sound(command)),
    ],
    ['is empty, and goes on', (command: string) => (command.startsWith('qXfer') ? packet('m') : sound(command))],
    ['is longer than it was asked for', described('x'.repeat(0xff1), '')],
  ])('a description that %s', async (_, answer) => {
    const gdb = await GdbClient.over(gdbEnd(answer).ours);
    await expect(gdb.register('pc')).rejects.toMatchObject(protocolError);
  });

  test.each([1, 7, 9])('a register of 8 bytes that has %d', async (bytes) => {
    const answer = described(target, '<reg name="pc" bitsize="64" regnum="32"/>');
    const wrong = packet('00'.repeat(bytes));
    const gdb = await GdbClient.over(gdbEnd((command) => (command === 'p20' ? wrong : answer(command))).ours);
    await expect(gdb.register('x99')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(gdb.register('pc')).rejects.toMatchObject(protocolError);
  });

  test('a description of too many files', async () => {
    const gdb = await GdbClient.over(gdbEnd(described('<xi:include href="x.xml"/>'.repeat(65), '')).ours);
    await expect(gdb.register('pc')).rejects.toMatchObject({
      ...protocolError,
      message: expect.stringMatching(/65 files/),
    });
  });

  test('a stop that is none', async () => {
    const gdb = await GdbClient.over(gdbEnd(sound).ours);
    await expect(gdb.continueToStop()).rejects.toMatchObject(protocolError);
  });
});

test('a connection that has been read to its end', async () => {
  const closed = { name: 'QemuError', code: 'ENOTCONN' };
  for (const client of [QmpClient, GdbClient]) {
    const [ours, theirs] = duplexPair();
    theirs.end();
    ours.resume();
    await turns();
    await expect(client.over(ours)).rejects.toMatchObject(closed);
  }
});

test.each(['', 'a\0b', 'x'.repeat(200)])('a name that no socket has (%j)', async (path) => {
  const refused = { name: 'QemuError', code: 'EINVAL', message: expect.stringMatching(/no socket is named/) };
  for (const client of [QmpClient, GdbClient]) await expect(client.connect(path)).rejects.toMatchObject(refused);
});

test('a name of digits is no port', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).end()).listen(0);
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const nobody = { code: 'ETIMEDOUT', message: expect.stringMatching(/nobody opened \d+ .*ENOENT/) };
    await expect(QmpClient.connect(port, { timeoutMs: 60 })).rejects.toMatchObject(nobody);
  } finally {
    server.close();
  }
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

describe('one deadline and one signal for all that is asked on a connection', () => {
  /** Says nothing but what opening takes. */
  const silent = {
    qmp: () => qmpEnd((command) => (command === 'qmp_capabilities' ? yes : undefined)).ours,
    gdb: () => gdbEnd((command) => (/^\?|^qAttached/.test(command) ? openingOf(command) : undefined)).ours,
  };
  const openingOf = (command: string): string => packet(command === '?' ? 'T05' : '1');
  const late = { name: 'QemuError', code: 'ETIMEDOUT', hint: expect.any(String) };
  const canceled = { name: 'QemuError', code: 'ECANCELED', cause: 'enough' };

  test('every question to a silent QEMU ends with it, and so does what is asked after', async () => {
    const limits = { timeoutMs: 50 };
    const qmp = await QmpClient.over(silent.qmp(), limits);
    const gdb = await GdbClient.over(silent.gdb(), limits);
    const asked = [
      ...[qmp.execute('one'), qmp.monitor('two'), gdb.registers(), gdb.continueToStop(), gdb.step(), gdb.detach()],
      ...[gdb.register('cpsr'), gdb.setBreakpoint(0n), gdb.clearBreakpoint(0n)],
    ];
    for (const result of await Promise.allSettled(asked)) expect(result).toMatchObject({ reason: late });
    await expect(qmp.execute('x')).rejects.toMatchObject({
      ...late,
      message: expect.stringMatching(/answer one within 0.05 s/),
    });
    await expect(gdb.registers()).rejects.toMatchObject({
      ...late,
      message: expect.stringMatching(/answer g within 0.05 s/),
    });
    const [ours] = duplexPair();
    await expect(QmpClient.over(ours, limits)).rejects.toMatchObject(late);
    await expect(GdbClient.over(ours, limits)).rejects.toMatchObject({ name: 'QemuError' });
  });

  test('the deadline does not begin anew with each question', async () => {
    const { ours, theirs } = qmpEnd((command) => (command === 'qmp_capabilities' ? yes : undefined));
    const qmp = await QmpClient.over(ours, { timeoutMs: 200 });
    const answering = setInterval(() => theirs.write('{"return": 1}\n'), 20);
    theirs.on('error', () => {});
    const asking = async (): Promise<never> => {
      for (;;) await qmp.execute('one');
    };
    await expect(asking()).rejects.toMatchObject({ name: 'QemuError' });
    clearInterval(answering);
  });

  test('a signal ends every question; one that has fired before counts', async () => {
    const stop = new AbortController();
    const qmp = await QmpClient.over(silent.qmp(), stop.signal);
    const gdb = await GdbClient.over(silent.gdb(), { signal: stop.signal });
    const asked = [qmp.execute('one'), qmp.execute('two'), gdb.registers(), gdb.continueToStop()];
    stop.abort('enough');
    for (const result of await Promise.allSettled(asked)) expect(result).toMatchObject({ reason: canceled });
    await expect(qmp.execute('x')).rejects.toMatchObject(canceled);
    expect(() => gdb.interrupt()).toThrow(expect.objectContaining(canceled));
    await expect(QmpClient.over(silent.qmp(), stop.signal)).rejects.toMatchObject(canceled);
    await expect(GdbClient.over(silent.gdb(), stop.signal)).rejects.toMatchObject(canceled);
  });

  describe('the clock', () => {
    afterEach(() => vi.useRealTimers());

    test('an answer is waited for no longer than 30 s, but the end of a run is', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const qmp = await QmpClient.over(silent.qmp());
      const gdb = await GdbClient.over(silent.gdb());
      const runs = await GdbClient.over(silent.gdb());
      const ends: string[] = [];
      const noting = (name: string) => (error: { code: string }) => ends.push(`${name} ${error.code}`);
      const all = [
        qmp.execute('one').catch(noting('qmp')),
        gdb.registers().catch(noting('gdb')),
        runs.continueToStop().catch(noting('runs')),
      ];
      await vi.advanceTimersByTimeAsync(29_990);
      expect(ends).toEqual([]);
      await vi.advanceTimersByTimeAsync(600_000);
      expect(ends).toEqual(['qmp ETIMEDOUT', 'gdb ETIMEDOUT']);
      runs.close();
      await Promise.all(all);
    });

    test('nothing is left of a connection that is over: no timer, no listener', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const { signal } = new AbortController();
      const limits = { signal, timeoutMs: 60_000 };
      const clients = [await QmpClient.over(silent.qmp(), limits), await GdbClient.over(silent.gdb(), limits)];
      expect(vi.getTimerCount()).toBe(2);
      for (const client of clients) client.close();
      expect(vi.getTimerCount()).toBe(0);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });
  });

  test('a signal that a clock fired is a deadline', async () => {
    const qmp = await QmpClient.over(silent.qmp(), AbortSignal.timeout(30));
    await expect(qmp.execute('one')).rejects.toMatchObject({ ...late, message: expect.stringMatching(/one in time/) });
  });

  test('a connection that outlives its limits is given others', async () => {
    const stop = new AbortController();
    const gdb = await GdbClient.over(
      gdbEnd((command) => packet(command === '?' ? 'T05' : command === 'g' ? '00'.repeat(264) : '1')).ours,
      {
        timeoutMs: 60_000,
        signal: stop.signal,
      },
    );
    gdb.within({});
    stop.abort();
    expect((await gdb.registers()).pc).toBe(0n);
    gdb.within(AbortSignal.abort('enough'));
    await expect(gdb.registers()).rejects.toMatchObject(canceled);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])('%d ms are no limit', async (timeoutMs) => {
    const refused = { name: 'QemuError', code: 'EINVAL', hint: expect.any(String) };
    for (const client of [QmpClient, GdbClient]) {
      await expect(client.over(silent.qmp(), { timeoutMs })).rejects.toMatchObject(refused);
      await expect(client.connect('/nowhere/socket', { timeoutMs })).rejects.toMatchObject(refused);
    }
  });

  test('a socket that nobody opens, or behind which nobody speaks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kexeckit-socket-'));
    const path = join(folder, 'socket');
    const limits = { timeoutMs: 60 };
    for (const client of [QmpClient, GdbClient]) await expect(client.connect(path, limits)).rejects.toMatchObject(late);
    const server = createServer(() => {}).listen(path);
    try {
      await new Promise((resolve) => server.once('listening', resolve));
      for (const client of [QmpClient, GdbClient])
        await expect(client.connect(path, limits)).rejects.toMatchObject(late);
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });

  test('a flood that answers nothing ends, and not much of it is read', async () => {
    for (const [client, opening, piece] of [
      [QmpClient, yes, '{"event": "STOP"}\n'],
      [QmpClient, yes, '\n'],
      [QmpClient, yes, 'x'],
      [GdbClient, '+', '+'],
      [GdbClient, '+', packet('O00')],
      [GdbClient, '+', '$x'],
    ] as const) {
      const [ours, theirs] = duplexPair();
      theirs.on('error', () => {}).resume();
      const opened = client.over(ours, { timeoutMs: 60_000 });
      theirs.write(client === QmpClient ? '{"QMP": {}}\n' : opening);
      const text = piece.repeat(1 << 12);
      let written = 0;
      const flood = (): void => {
        if (ours.destroyed) return;
        theirs.write(text);
        written += text.length;
        setImmediate(flood);
      };
      flood();
      await expect(opened).rejects.toMatchObject(protocolError);
      expect(written).toBeLessThan(1 << 25);
    }
  });
});
