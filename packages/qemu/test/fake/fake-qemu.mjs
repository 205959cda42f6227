// A program that stands for QEMU: it speaks both protocols, and misbehaves in one way at one moment.
// Arguments: a file that says what its machine is like, the misbehaviour, the moment, and then those of QEMU.
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';

const [worldFile, kind, moment] = process.argv.slice(2);
const world = JSON.parse(readFileSync(worldFile, 'utf8'));
const RAM_FD = 6;

process.on('SIGTERM', () => {});
process.stdout.on('error', () => {});
// It lives until it is ended, whoever closes what.
setInterval(() => {}, 1000);

const packet = (text) => {
  const sum = [...text].reduce((total, letter) => total + letter.charCodeAt(0), 0) % 256;
  return `$${text}#${sum.toString(16).padStart(2, '0')}`;
};

/** Writes the same again and again, for as long as somebody reads. */
function flood(stream, text) {
  const go = () => {
    while (!stream.destroyed && stream.write(text));
    stream.once('drain', go);
  };
  stream.on('error', () => process.exit(0));
  go();
}

const text = (pieces) => [pieces].flat().join('');

function letterByLetter(answer, write, milliseconds) {
  for (const [at, letter] of [...text(answer)].entries()) setTimeout(() => write(letter), milliseconds * (at + 1));
}

/** What is done with a sound answer: pieces that are written one after the other, or something else. */
const misbehaviours = {
  silent: () => [],
  slow: (answer, write) => letterByLetter(answer, write, 500),
  late: (answer, write) => setTimeout(() => write(text(answer)), 3000),
  'letter by letter': (answer, write) => letterByLetter(answer, write, 2),
  half: (answer) => text(answer).slice(0, text(answer).length / 2),
  'half, and closes': (answer, _, stream) => stream.end(text(answer).slice(0, text(answer).length / 2)),
  closes: (_, __, stream) => stream.destroy(),
  dies: () => process.exit(7),
  'dies with a word': () => {
    writeSync(2, 'no such machine\n');
    process.exit(7);
  },
  'dies by a signal': () => process.kill(process.pid, 'SIGKILL'),
  nonsense: () => 'hello\n',
  'no object': () => '7\n',
  'empty object': () => '{}\n',
  twice: (answer) => text([answer, answer].flat()),
  'other id': (answer) => text(answer).replace(/"id":\d+/, '"id":"x"'),
  'no id, later': (answer) => text(answer),
  'an error without words': () => '{"error":{}}\n',
  refusal: () => '{"error":{"class":"GenericError","desc":"not \\u001b[31mhere"}}\n',
  'endless line': (_, __, stream) => flood(stream, 'x'.repeat(1 << 16)),
  'endless empty lines': (_, __, stream) => flood(stream, '\n'.repeat(1 << 16)),
  'endless events': (_, __, stream) => flood(stream, '{"event":"STOP"}\n'.repeat(1 << 12)),
  'events in between': (answer) => ['\n', '{"event":"STOP"}\n', '\n\n', ...answer, '{"event":"RESUME"}\n'],
  'wrong sum': (answer) => text(answer).replace(/#..$/, '#zz'),
  'error packet': () => ['+', packet('E01')],
  'empty packet': () => ['+', packet('')],
  exited: () => ['+', packet('W00')],
  output: () => ['+', packet('O68656c6c6f')],
  'output first': (answer) => ['+', packet('O68656c6c6f'), packet('O'), ...answer],
  'endless output': (_, write, stream) => {
    write('+');
    flood(stream, packet('O68656c6c6f').repeat(1 << 12));
  },
  'endless stops': (_, __, stream) => flood(stream, packet('T05').repeat(1 << 12)),
  'endless acknowledgements': (_, __, stream) => flood(stream, '+'.repeat(1 << 16)),
  'wants it again': () => '-',
  'notification first': (answer) => [packet('Stop:T05').replace('$', '%'), ...answer],
  'odd hex': (answer) => ['+', packet(text(answer).slice(2, -4))],
  'more than asked for': (answer) => ['+', packet(`${text(answer).slice(2, -3)}${'0'.repeat(1 << 13)}`)],
  'nothing, and more of it': () => ['+', packet('m')],
  'endless description': () => ['+', packet(`m${'x'.repeat(0xff0)}`)],
  'closes everything': () => {
    for (const each of [qmp, gdb]) each.destroy();
  },
  'leaves no tree': () => {},
  'leaves a tree of nonsense': () => {},
  'megabytes on stderr': () => {
    for (let at = 0; at < 64; at++) writeSync(2, `${at} ${'\x1b[31mx'.repeat(1 << 14)}\n`);
    writeSync(2, 'and that was all\n');
    process.exit(7);
  },
  'megabytes on stdout': () => flood(process.stdout, 'x'.repeat(1 << 16)),
  panic: (_, write) => write('Kernel panic - not syncing: no init'),
  'colourful panic': (_, write) => write('Kernel \x1b[31mpanic -\x1b]0;a title\x07 not syncing\x1b[0m: no init'),
  'another kernel': (_, write) => write('Linux version 0.1\n'),
};

/** Answers as it should, and a while later it dies. */
misbehaviours['dies later'] = (answer) => {
  setTimeout(misbehaviours.dies, 200);
  return answer;
};

const cut = (moment ?? '').indexOf(' ');
const [who, what] = cut < 0 ? [moment] : [moment.slice(0, cut), moment.slice(cut + 1)];

/** Answers as it should, or as it was told to at this moment. */
function say(stream, speaker, question, answer) {
  const write = (piece) => stream.write(piece);
  const isNow = speaker === who && question.startsWith(what ?? '');
  if (isNow) writeFileSync(`${worldFile}.met`, '');
  const pieces = isNow ? misbehaviours[kind](answer, write, stream) : answer;
  if (typeof pieces === 'string' || Array.isArray(pieces)) for (const piece of [pieces].flat()) write(piece);
}

const littleEndian = (value, bytes) =>
  BigInt(value)
    .toString(16)
    .padStart(2 * bytes, '0')
    .match(/../g)
    .reverse()
    .join('');

/** Registers by their numbers. */
const registers = new Map([
  [33, littleEndian('0x3c5', 4)],
  ...Object.values(world.registers).map((value, at) => [100 + at, littleEndian(value, 8)]),
]);
const files = {
  'target.xml': '<target><xi:include href="core.xml"/><xi:include href="system.xml"/></target>',
  'core.xml': '<feature><reg name="cpsr" bitsize="32" regnum="33"/></feature>',
  'system.xml': `<feature>${Object.keys(world.registers)
    .map((name, at) => `<reg name="${name}" bitsize="64" ${at === 0 ? 'regnum="100"' : ''}/>`)
    .join('')}</feature>`,
};

let pc = '0';
function described(file, from, length) {
  const piece = (files[file] ?? '').slice(from, from + length);
  return `${from + piece.length < (files[file] ?? '').length ? 'm' : 'l'}${piece.replace(/[#$}*]/g, escaped)}`;
}
const escaped = (letter) => `}${String.fromCharCode(letter.charCodeAt(0) ^ 0x20)}`;

function answerOf(command) {
  const [, file, from, length] = /^qXfer:features:read:([^:]+):([0-9a-f]+),([0-9a-f]+)$/.exec(command) ?? [];
  if (file !== undefined) return described(file, Number.parseInt(from, 16), Number.parseInt(length, 16));
  if (command === 'qAttached') return '1';
  if (command === 'g') return [world.dtb, ...Array(31).fill('0'), pc].map((value) => littleEndian(value, 8)).join('');
  if (command.startsWith('p')) return registers.get(Number.parseInt(command.slice(1), 16)) ?? 'E14';
  if (/^[Zz]1,|^D$/.test(command)) return 'OK';
  if (command === 'c') pc = world.jump;
  if (command === 's') pc = world.entry;
  return /^[?cs]$/.test(command) ? 'T05thread:01;' : '';
}

const qmp = new Socket({ fd: 3 });
let lines = '';
qmp.setEncoding('utf8').on('error', () => {});
qmp.on('data', (piece) => {
  lines += piece;
  for (let end = lines.indexOf('\n'); end >= 0; end = lines.indexOf('\n')) {
    const { execute, id } = JSON.parse(lines.slice(0, end));
    lines = lines.slice(end + 1);
    const printed = execute === 'human-monitor-command' ? 'PC=0000000040200000 EL1h' : {};
    say(qmp, 'qmp', execute, [`${JSON.stringify({ return: printed, id })}\n`]);
  }
});

const gdb = new Socket({ fd: 4 });
let packets = '';
gdb.setEncoding('latin1').on('error', () => {});
gdb.on('data', (piece) => {
  packets += piece;
  for (let found = /\$([^#]*)#../.exec(packets); found !== null; found = /\$([^#]*)#../.exec(packets)) {
    const command = found[1];
    packets = packets.slice(found.index + found[0].length);
    say(gdb, 'gdb', command, ['+', packet(answerOf(command))]);
    if (command === 'D') say(process.stdout, 'console', '', ['Linux version 6.1\r\n', 'Run /init as init process\r\n']);
  }
});

const trees = { 'leaves no tree': Buffer.alloc(8), 'leaves a tree of nonsense': undefined };
const tree = Buffer.from(world.tree, 'base64');
if (kind === 'leaves a tree of nonsense') tree.fill(0xff, 8, 200);
try {
  writeSync(RAM_FD, kind in trees ? (trees[kind] ?? tree) : tree, 0, undefined, 0);
} catch {
  // Whoever runs a program without an operating system wants no tree.
}
say(qmp, 'start', '', []);
say(qmp, 'greeting', '', ['{"QMP":{"version":{},"capabilities":[]}}\n']);
