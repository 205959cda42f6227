import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Assembler, lo12, x0, x1 } from '@kexeckit/a64';
import { formatProfile, thunderX2 } from '@kexeckit/cost';
import { parseDts, serializeFdt } from '@kexeckit/fdt';
import { generateWorkload } from '@kexeckit/reboot';
import { debianFiles, makeUki } from '@kexeckit/testing';
import { protocolLogs } from '../fit-logs.ts';
import { guest } from '../guest-host.ts';
import { kexeckitHere } from '../kexeckit.ts';

const packages = join(import.meta.dirname, '../../../../packages');
const BOARD_MAP = join(packages, 'ioport/fixtures/iomem/raspberrypi_4b_4g.txt');
const BOARD = join(packages, 'fdt/fixtures/board.dtb');

// Small: each strategy moves every page of it, on a machine that is simulated word by word.
const { kernel, initrd } = generateWorkload(2 ** 19, 2 ** 18, 1);

/** Puts a file, or a folder of some, at a place. */
type Maker = (place: string) => void | Promise<void>;

const bytes =
  (content: string | Uint8Array): Maker =>
  (place) => {
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
  };

const copy =
  (from: string): Maker =>
  (place) =>
    cpSync(from, place, { mode: 0 });

/** What the command itself writes. */
const made =
  (...args: readonly string[]): Maker =>
  async (place) => {
    const { code, err } = await kexeckitHere(args.map((arg) => (arg === '{}' ? place : arg)));
    if (code !== 0) throw new TypeError(`kexeckit ${args.join(' ')}: ${err}`);
  };

/** A plan of the two files as they stand beside it. */
const planOf =
  (seed: string, ...args: readonly string[]): Maker =>
  async (place) => {
    const [image, ramDisk] = ['Image', 'initrd.gz'].map((name) => join(dirname(place), `plan-${name}`));
    bytes(kernel)(image ?? '');
    bytes(gzipSync(initrd))(ramDisk ?? '');
    await made(
      'plan',
      '--kernel',
      image ?? '',
      '--initrd',
      ramDisk ?? '',
      '--seed',
      seed,
      ...args,
      '--save-plan',
      '{}',
    )(place);
  };

function routine(): Uint8Array {
  const code = new Assembler({ origin: 0x4020_0000n }).symbol('data', 0x4123_4568n);
  code.label('again').emit('subs.imm', x0, x0, 1).emit('adrp', x1, 'data').emit('add.imm', x1, x1, lo12('data'));
  code.emit('b.cond', 'ne', 'again').emit('ret').word(0xffff_ffff);
  const words = code.words();
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

const overlay = `/dts-v1/; /plugin/;
&{/chosen} { bootargs = "quiet"; };
&{/} { fresh { reg = <1>; }; };
`;

const uki = makeUki({
  '.linux': gzipSync(kernel),
  '.initrd': initrd,
  '.cmdline': Buffer.from('quiet root=/dev/vda1'),
  '.uname': Buffer.from('6.12.41-arm64'),
});

/** A folder that is the root of a host. */
const host: Maker = (place) => {
  for (const [path, content] of Object.entries(guest)) bytes(content)(join(place, path));
};

const bundle: Maker = async (place) => {
  await host(`${place}.root`);
  await made('doctor', '--root', `${place}.root`, '--collect', '{}')(place);
};

const MAPPINGS = ['0x40200000:0x40200000:2M:rx', '0x9000000:0x9000000:64K:rw,device', '--base', '0x48000000'];

/** Real files, by the names that examples have for them. */
export const realFiles = {
  Image: bytes(kernel),
  vmlinuz: bytes(gzipSync(kernel)),
  'initrd.gz': bytes(gzipSync(initrd)),
  'initrd.img': bytes(initrd),
  'linux.efi': bytes(uki),
  'iomem.txt': copy(BOARD_MAP),
  'board.dtb': copy(BOARD),
  'new.dtb': async (place) => {
    copy(BOARD)(place);
    await made('dtb', 'set', '{}', '/chosen', 'bootargs', '"quiet"')(place);
  },
  'uart.dtbo': bytes(serializeFdt(parseDts(overlay))),
  'board.json': bytes(formatProfile({ ...thunderX2, name: 'board' })),
  'console.log': copy(join(packages, 'evidence/fixtures/debian-6.1-kexec-tools.txt')),
  'routine.bin': bytes(routine()),
  'tables.bin': made('tables', 'build', ...MAPPINGS, '--output', '{}'),
  'host.tar': bundle,
  'plan.json': planOf('1'),
  'one.json': planOf('1'),
  'two.json': planOf('2', '--append', 'quiet'),
  /** Of the workload that is generated where no kernel is given. */
  'generated plan': made('plan', '--save-plan', '{}'),
  'measured logs': (place: string): void => {
    for (const [name, text] of protocolLogs()) bytes(text)(join(place, name));
  },
  'debian kernel': copy(debianFiles.kernel),
  'debian initrd': copy(debianFiles.initrd),
} as const satisfies Readonly<Record<string, Maker>>;

/** A name of a real file. */
export type RealFile = keyof typeof realFiles;

const makers: Readonly<Record<string, Maker>> = realFiles;

/** The names of real files that a line has as words of its own. */
export const namedBy = (line: string): string[] =>
  Object.keys(realFiles).filter((name) => line.split(/[\s=]+/).includes(name));

/** Real files in a folder, each made once. */
export class Shelf {
  readonly #folder: string;
  readonly #made = new Map<string, Promise<string>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Puts copies in another folder: `name` in it is the real file of another name. */
  async give(to: string, files: Readonly<Record<string, string>>): Promise<void> {
    mkdirSync(to, { recursive: true });
    for (const [name, real] of Object.entries(files)) {
      const place = await this.#placeOf(real);
      cpSync(place, real === 'measured logs' ? to : join(to, name), { recursive: true });
    }
  }

  #placeOf(real: string): Promise<string> {
    const made = this.#made.get(real) ?? this.#make(real);
    this.#made.set(real, made);
    return made;
  }

  async #make(real: string): Promise<string> {
    const place = join(this.#folder, real.replaceAll(' ', '-'), real.replaceAll(' ', '-'));
    mkdirSync(dirname(place), { recursive: true });
    const maker = makers[real];
    if (maker === undefined) throw new TypeError(`there is no real file for ${real}`);
    await maker(place);
    return place;
  }
}
