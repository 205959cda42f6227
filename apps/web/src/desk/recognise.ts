import { type Examined, examine } from '@kexeckit/boot-image';
import { parseProfile } from '@kexeckit/cost';
import { LogReading } from '@kexeckit/evidence';
import { bootFacts, excerptSign, foreignSign, parseIomem, readBootLog, systemRam } from '@kexeckit/ioport';
import { parsePlan } from '@kexeckit/reboot';
import { bytesText } from '../shared/format.ts';
import { wordsOf } from '../shared/words.ts';
import { type DeskFile, type DeskItems, MOST_BYTES, type Place } from './subject.ts';

/** What a file is to the lab: the place that it takes, or the command line that it holds, with a word on it; or why it is none. */
export type Recognised =
  | { readonly [P in Place]: { readonly place: P; readonly item: DeskItems[P]; readonly note: string } }[Place]
  | { readonly place: 'cmdline'; readonly text: string; readonly note: string }
  | { readonly place: undefined; readonly name: string; readonly code: string; readonly note: string };

/** The longest text that is taken for a command line, in characters. */
const LONGEST_LINE = 4096;
/** A line of `/proc/iomem`. What is blank stays within the line: otherwise many blank lines would take time without end. */
const MAP_LINE = /^[ \t]*[0-9a-f]+-[0-9a-f]+ : /im;

/** Says what a file is, and checks that it is whole as far as its kind lets one see. Never throws: what is wrong is the note. */
export async function recognise(file: DeskFile): Promise<Recognised> {
  const { name, bytes } = file;
  if (bytes.length === 0) return refuse(name, 'ENOEXEC', 'an empty file');
  try {
    const wide = wideText(bytes);
    if (wide !== undefined) return recogniseText(name, wide);
    return (await recogniseBytes(file)) ?? headOfLog(file) ?? recogniseText(name, new TextDecoder().decode(bytes));
  } catch (error) {
    const { code, message, hint } = wordsOf(error);
    return refuse(name, code, hint === '' ? message : `${message}: ${hint}`);
  }
}

const refuse = (name: string, code: string, note: string): Recognised => ({ place: undefined, name, code, note });

/** What boot images know; undefined for a text. */
async function recogniseBytes(file: DeskFile): Promise<Recognised | undefined> {
  const examined = await examine(file.bytes, { maxSize: MOST_BYTES });
  switch (examined.kind) {
    case 'device-tree':
      return { place: 'dtb', item: file, note: examined.detail };
    case 'kernel':
      return { place: 'kernel', item: file, note: kernelNote(examined) };
    case 'initramfs':
      return { place: 'initrd', item: file, note: examined.initramfs.detail };
    case 'none': {
      if (examined.format === 'text') return undefined;
      if (isConsole(file.bytes)) return logOf(file.name, new Blob([withoutHalves(file.bytes)]));
      const { code, message, hint } = examined.problem;
      return refuse(file.name, code, `${message}; ${hint}`);
    }
  }
}

function kernelNote({ detail, kernel: { release, parts } }: Extract<Examined, { kind: 'kernel' }>): string {
  const others = [parts.initrd && 'initramfs', parts.cmdline && 'command line', parts.dtb && 'device tree'];
  const within = others.filter((part) => part !== undefined);
  return `${detail}${release === undefined ? '' : `, Linux ${release}`}${within.length === 0 ? '' : `, with ${within.join(' and ')}`}`;
}

/** A text in UTF-16, as some shells write what a command prints; undefined for what does not begin with its mark. */
function wideText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return undefined;
}

function recogniseText(name: string, text: string): Recognised {
  if (/^\s*\{/.test(text)) return recogniseJson(name, text);
  if (isMap(text)) return recogniseMap(name, text);
  if (isLog(text)) return logOf(name, new Blob([text]));
  if (RELATIVE.test(text))
    return refuse(name, 'ENOTSUP', 'dmesg with times from line to line: take dmesg without -e, -H');
  // Lines of dmesg without times, and without the first: what they say of memory is known by its words.
  if (readBootLog(text).missing.length < bootFacts.length)
    return logOf(name, new Blob([text]), ', as far as it says what memory there is');
  const line = text.trim();
  if (line === '') return refuse(name, 'ENOEXEC', 'nothing but blanks');
  if (line.includes('\uFFFD')) return refuse(name, 'ENOEXEC', 'a text with bytes that are not UTF-8');
  if (!line.includes('\n') && line.length <= LONGEST_LINE)
    return { place: 'cmdline', text: line, note: `a command line of ${line.length} characters` };
  return refuse(name, 'ENOEXEC', 'a text, and no map, command line, plan, profile or kernel log');
}

/** `dmesg -e` and `-H`: the time of day, and then what passed since the line before. */
const RELATIVE = /^(?:\p{Cc}\[[\d;]{0,8}m)?\[ {0,8}\+\d{1,9}\.\d{6}\]/mu;

/** Bytes of a file that say what it is, where it is a log: the rest is read by whoever draws it. */
const HEAD = 2 ** 18;

/** Of a hundred bytes of a console so many may be noise: a line that another speed was set on, a board that lost its power. */
const NOISE = 10;

/** Whether bytes that are no text, for the NUL bytes and the noise among them, are a console's log all the same. */
function isConsole(bytes: Uint8Array): boolean {
  const said = bytes.subarray(0, HEAD).filter((byte) => byte !== 0);
  const noise = said.filter((byte) => byte >= 0x7f || (byte < 0x20 && ![0x09, 0x0a, 0x0d, 0x1b].includes(byte)));
  return noise.length * 100 <= said.length * NOISE && isLog(new TextDecoder().decode(said));
}

/** The text of UTF-16 without a mark before it; anything else as it is. */
function withoutHalves(bytes: Uint8Array): Uint8Array<ArrayBuffer> | string {
  const head = bytes.subarray(0, 64);
  const isHalf = (rest: number): boolean => head.every((byte, at) => at % 2 !== rest || byte === 0);
  if (isHalf(1)) return new TextDecoder('utf-16le').decode(bytes);
  return isHalf(0) ? new TextDecoder('utf-16be').decode(bytes) : bytes.slice();
}

/** A log that says so at its beginning; undefined for what has to be read as a whole to know. */
function headOfLog({ name, bytes }: DeskFile): Recognised | undefined {
  if (bytes.length <= HEAD) return undefined;
  const head = new TextDecoder().decode(bytes.subarray(0, HEAD));
  const isOther = /^\s*\{/.test(head) || isMap(head) || !isLog(head);
  return isOther ? undefined : logOf(name, new Blob([bytes.slice()]));
}

const isMap = (text: string): boolean => MAP_LINE.test(text) && !/\] /.test(text.slice(0, 200));

/** Whether something of a kernel is in a text: reading ends where it is found. */
function isLog(text: string): boolean {
  const reading = new LogReading();
  for (let at = 0; at < text.length && !reading.isLog; at += HEAD) reading.push(text.slice(at, at + HEAD));
  return reading.isLog || reading.end().report.boots.length > 0;
}

const logOf = (name: string, file: Blob, also = ''): Recognised => ({
  place: 'log',
  item: { name, logs: [{ name, file }] },
  note: `a log of ${bytesText(file.size)}${also}`,
});

/** A saved plan or a profile: each says in its own words what is wrong with it. */
function recogniseJson(name: string, text: string): Recognised {
  if (text.slice(0, 200).includes('kexeckit-rollout-status/'))
    return refuse(name, 'ENOEXEC', 'a status of a rollout: open it on the page Fleet');
  if (/"unit"\s*:/.test(text) && /"prices"\s*:/.test(text)) {
    const { machine } = parseProfile(text);
    return { place: 'profile', item: { name, text }, note: `a profile of ${machine}` };
  }
  const { stage } = parsePlan(text);
  return { place: 'plan', item: { name, text }, note: `a saved plan, strategy ${stage.strategy}` };
}

function recogniseMap(name: string, text: string): Recognised {
  const tree = parseIomem(text, { lenient: true });
  const foreign = foreignSign(tree);
  if (foreign !== undefined) return refuse(name, 'ENOEXEC', `the memory map of an x86 machine: it lists ${foreign}`);
  const ram = systemRam(tree);
  if (ram.length === 0) return refuse(name, 'EINVAL', 'a memory map without System RAM: read /proc/iomem as root');
  const sign = excerptSign(tree);
  const banks = ram.length === 1 ? '1 range' : `${ram.length} ranges`;
  return {
    place: 'map',
    item: { name, text },
    note: `a memory map with ${banks} of System RAM${sign === undefined ? '' : '; it looks like an excerpt'}`,
  };
}
