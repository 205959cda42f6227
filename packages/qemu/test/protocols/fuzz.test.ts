import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GdbClient, QemuError, QmpClient } from '../../src/index.ts';
import { type Cuts, otherEnd } from './script.ts';

/** By hand: KEXECKIT_FUZZ=100000 npm test -- packages/qemu/test/protocols */
const asked = Number(process.env.KEXECKIT_FUZZ ?? 0);
const [seed, numRuns] = asked > 0 ? [Number(process.env.KEXECKIT_FUZZ_FROM ?? 1), asked] : [1, 1500];
/** Milliseconds that one conversation may take before it counts as a hang: it takes a hundredth. */
const parameters = { seed, numRuns, timeout: 20_000 };

const framed = (body: string): string => {
  const sum = [...body].reduce((total, letter) => total + letter.charCodeAt(0), 0) % 256;
  return `$${body}#${sum.toString(16).padStart(2, '0')}`;
};

/** A conversation with QEMU 7.2: the greeting, and the answer to each question. */
const qmp = {
  greeting:
    '{"QMP": {"version": {"qemu": {"micro": 19, "minor": 2, "major": 7}, "package": "Debian"}, "capabilities": ["oob"]}}\r\n',
  answers: [
    '{"return": {}, "id": 1}\r\n',
    '{"return": {"status": "prelaunch", "singlestep": false, "running": false}, "id": 2}\r\n',
    '{"timestamp": {"seconds": 1795, "microseconds": 82}, "event": "STOP"}\r\n{"return": "PC=0000000040200000 ünd\\r\\n", "id": 3}\r\n',
    '{"id": 4, "error": {"class": "CommandNotFound", "desc": "The command nothing has not been found"}}\r\n',
  ],
};

async function askQmp(greeting: string, answers: readonly string[], cuts: Cuts): Promise<unknown[]> {
  const client = await QmpClient.over(otherEnd(greeting, answers, cuts, 'utf8'));
  const results = await Promise.allSettled([
    client.execute('query-status'),
    client.monitor('info registers'),
    client.execute('nothing'),
  ]);
  client.close();
  await expect(client.execute('query-status')).rejects.toBeInstanceOf(QemuError);
  return results.map(outcomeOf);
}

/** What a question came to. @throws whatever is no error of this package. */
function outcomeOf(result: PromiseSettledResult<unknown>): unknown {
  if (result.status === 'fulfilled') return result.value;
  if (result.reason instanceof QemuError && result.reason.hint !== '') return result.reason.code;
  throw result.reason;
}

/** Whole conversations fail with errors of this package, or not at all. */
async function outcomeOfAll(work: Promise<unknown[]>): Promise<unknown[]> {
  const [all] = await Promise.allSettled([work]);
  return all.status === 'fulfilled' ? all.value : [outcomeOf(all)];
}

/** A conversation with QEMU's gdb stub: the bodies of its packets. */
const zeros = '0'.repeat(16 * 32);
const gdb = [
  'T05thread:p01.01;',
  '1',
  'm<target><xi:include href="core.xml"/>',
  'l</target>',
  'l<feature><reg name="x0" bitsize="64"/>}\x03<reg name="cpsr" bitsize="32" regnum="33"/></feature>',
  'c5030000',
  'OK',
  'T05thread:p01.01;',
  `${zeros}0000204000000000c5030000`,
  'E14',
];

const results = [0x3c5n, undefined, undefined, 0x4020_0000n, 'EPROTO'];

async function askGdb(answers: readonly string[], cuts: Cuts): Promise<unknown[]> {
  const client = await GdbClient.over(otherEnd('', answers, cuts, 'latin1'));
  // The register's description is asked for piece by piece: what is asked at once would come in between.
  const [first] = await Promise.allSettled([client.register('CPSR')]);
  const rest = await Promise.allSettled([
    client.setBreakpoint(0x4020_0000n),
    client.continueToStop(),
    client.registers().then(({ pc }) => pc),
    client.register('x0'),
  ]);
  client.close();
  await expect(client.registers()).rejects.toBeInstanceOf(QemuError);
  expect(() => client.interrupt()).toThrow(QemuError);
  return [first, ...rest].map(outcomeOf);
}

const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 40 });

/** What is done to one text: a piece of it is left out, repeated or replaced. */
const change = fc.record({
  which: fc.nat(20),
  at: fc.nat(200),
  length: fc.nat(40),
  times: fc.integer({ min: 0, max: 3 }),
  instead: fc.oneof(
    fc.constantFrom(
      '',
      '\n',
      '{}\n',
      '{"id":2}',
      '$',
      '#',
      '*~',
      '}',
      '%',
      '-',
      '+',
      '$OK#9a',
      '$E01#a6',
      '$W00#b7',
      '$#00',
    ),
    fc.string({ unit: 'binary', maxLength: 10 }),
  ),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(text: string, { at, length, times, instead }: Change): string {
  const from = text.length === 0 ? 0 : at % text.length;
  return text.slice(0, from) + text.slice(from, from + length).repeat(times) + instead + text.slice(from + length);
}

function allChanged(texts: readonly string[], changes: readonly Change[]): string[] {
  const result = [...texts];
  for (const each of changes) {
    const which = each.which % result.length;
    result[which] = changed(result[which] ?? '', each);
  }
  return result;
}

const changes = fc.array(change, { minLength: 1, maxLength: 3 });

test('the control protocol, cut anywhere: every answer arrives', { timeout: 0 }, async () => {
  const right = [{ status: 'prelaunch', singlestep: false, running: false }, 'PC=0000000040200000 ünd\r\n', 'EINVAL'];
  const check = async (each: Cuts): Promise<void> => {
    expect(await askQmp(qmp.greeting, qmp.answers, each)).toEqual(right);
  };
  await fc.assert(fc.asyncProperty(cuts, check), { ...parameters, numRuns: numRuns / 5 });
});

test('the control protocol, changed anywhere: an answer or a typed error, and never a hang', {
  timeout: 0,
}, async () => {
  const codes = new Set<unknown>();
  const check = async (each: readonly Change[], pieces: Cuts): Promise<void> => {
    const [greeting = '', ...answers] = allChanged([qmp.greeting, ...qmp.answers], each);
    for (const outcome of await outcomeOfAll(askQmp(greeting, answers, pieces))) codes.add(outcome);
  };
  await fc.assert(fc.asyncProperty(changes, cuts, check), parameters);
  for (const code of ['EPROTO', 'ENOTCONN', 'EINVAL']) expect(codes).toContain(code);
});

test('the debugger protocol, cut anywhere: every answer arrives', { timeout: 0 }, async () => {
  const check = async (each: Cuts): Promise<void> => {
    expect(
      await askGdb(
        gdb.map((body) => `+${framed(body)}`),
        each,
      ),
    ).toEqual(results);
  };
  await fc.assert(fc.asyncProperty(cuts, check), { ...parameters, numRuns: numRuns / 5 });
});

test('the debugger protocol, changed anywhere: an answer or a typed error, and never a hang', {
  timeout: 0,
}, async () => {
  const codes = new Set<unknown>();
  /** Bodies are changed within packets that are right, or packets as a whole. */
  const check = async (inside: readonly Change[], outside: readonly Change[], pieces: Cuts): Promise<void> => {
    const packets = allChanged(gdb, inside).map((body) => `+${framed(body)}`);
    for (const outcome of await outcomeOfAll(askGdb(allChanged(packets, outside), pieces))) codes.add(outcome);
  };
  const some = fc.oneof(fc.constant([]), changes);
  await fc.assert(fc.asyncProperty(some, some, cuts, check), parameters);
  for (const code of ['EPROTO', 'ENOTCONN', 'ENOENT', 'EIO']) expect(codes).toContain(code);
});
