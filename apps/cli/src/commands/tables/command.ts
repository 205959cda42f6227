import { EXIT } from '../../exit-code.ts';
import { FILE, MACHINE, OUTPUT } from '../../options/headings.ts';
import { mapOptions } from '../../options/map.ts';
import { word64 } from '../../options/numbers.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { filled, oneOf, wholeNumber } from '../../options/values.ts';
import { type Argument, type Command, defineCommand, type Family } from '../command.ts';
import { SPACE, SPACE_DEFAULTS, spaceOptions } from './space.ts';
import { type BuildValues, type CheckValues, DECODED, type DecodeValues, type DumpValues } from './values.ts';

const DUMP: Argument = { name: 'dump', summary: 'memory with the tables in it, as it was read' };

const dumpOptions: OptionsFor<DumpValues> = {
  base: { heading: FILE, summary: 'physical address of its first byte', value: '<address>', parse: word64 },
  ttbr: {
    heading: FILE,
    summary: 'TTBR, or VTTBR of stage 2: where the root table is',
    value: '<value>',
    parse: word64,
  },
  ...spaceOptions,
  ...outputOptions,
};

const DUMP_DEFAULTS: Readonly<Record<string, string>> = { ...SPACE_DEFAULTS, base: '0', ttbr: 'the start of the dump' };
const dumpDefault = (option: string): string | undefined => DUMP_DEFAULTS[option];

const buildOptions: OptionsFor<BuildValues> = {
  ...spaceOptions,
  identity: { heading: MACHINE, summary: 'map the RAM of --iomem where it is, to be read and written' },
  ...mapOptions,
  base: {
    heading: OUTPUT,
    summary: 'physical address that the tables are made for',
    value: '<address>',
    parse: word64,
  },
  output: {
    heading: OUTPUT,
    summary: 'where the tables are written; - is standard output',
    value: '<file>',
    parse: filled,
  },
  ...outputOptions,
};

const BUILD_DEFAULTS: Readonly<Record<string, string>> = {
  ...SPACE_DEFAULTS,
  vaBits: 'as many as reach',
  paBits: 'as many as reach',
  base: '0',
  output: 'nowhere: they are counted',
};

const build: Command = defineCommand({
  name: 'build',
  summary: 'build page tables: how many there are, the registers that turn them on, and the tables themselves',
  args: [
    {
      name: 'mapping',
      summary:
        'VA:PA:SIZE:ACCESS, ACCESS being r, rw, rx or rwx, and behind commas nc, wt or device, and user: 0x40200000:0x40200000:2M:rx',
      isOptional: true,
      isMany: true,
    },
  ],
  options: buildOptions,
  defaultOf: (option) => BUILD_DEFAULTS[option],
  examples: [
    {
      line: 'kexeckit tables build 0x40200000:0x40200000:2M:rx 0x9000000:0x9000000:64K:rw,device --base 0x48000000 --output tables.bin',
      does: 'an identity map of code and a UART',
    },
    { line: 'kexeckit tables build --identity --iomem iomem.txt', does: 'how many tables a map of all RAM takes' },
  ],
  load: async () => {
    const [{ build: run }, { buildView }] = await Promise.all([import('./build.ts'), import('../../render/tables.ts')]);
    return { run, view: buildView };
  },
});

const walk: Command = defineCommand({
  name: 'walk',
  summary: 'translate addresses by tables in a dump, and show each step',
  args: [DUMP, { name: 'address', summary: 'a virtual address', isMany: true }],
  options: dumpOptions,
  defaultOf: dumpDefault,
  failed: EXIT.trouble,
  examples: [
    {
      line: 'kexeckit tables walk tables.bin 0x40200000 --base 0x48000000 --va-bits 31',
      does: 'exit code 1 if an address faults, 2 if that cannot be said',
    },
  ],
  load: async () => {
    const [{ walkDump }, { walkView }] = await Promise.all([import('./inspect.ts'), import('../../render/tables.ts')]);
    return { run: walkDump, view: walkView };
  },
});

const list: Command = defineCommand({
  name: 'list',
  summary: 'list all that tables in a dump map',
  args: [DUMP],
  options: dumpOptions,
  defaultOf: dumpDefault,
  failed: EXIT.trouble,
  examples: [
    {
      line: 'kexeckit tables list tables.bin --base 0x48000000 --va-bits 31',
      does: 'each range, where it leads, and what may be done there',
    },
  ],
  load: async () => {
    const [{ listDump }, { listView }] = await Promise.all([import('./inspect.ts'), import('../../render/tables.ts')]);
    return { run: listDump, view: listView };
  },
});

const checkOptions: OptionsFor<CheckValues> = { ...dumpOptions, ...mapOptions };

const check: Command = defineCommand({
  name: 'check',
  summary:
    'find what should not be in tables in a dump: executable devices, writable code, aliases that disagree, damage',
  args: [DUMP],
  options: checkOptions,
  defaultOf: (option) => (option === 'iomem' ? 'none: all addresses may be RAM' : dumpDefault(option)),
  failed: EXIT.trouble,
  examples: [
    {
      line: 'kexeckit tables check tables.bin --base 0x48000000 --va-bits 31 --iomem iomem.txt',
      does: 'exit code 1 if something is found, 2 if that cannot be said',
    },
  ],
  load: async () => {
    const [{ checkDump }, { checkView }] = await Promise.all([
      import('./inspect.ts'),
      import('../../render/tables.ts'),
    ]);
    return { run: checkDump, view: checkView };
  },
});

const decodeOptions: OptionsFor<DecodeValues> = {
  as: { heading: OUTPUT, summary: `what it is: ${DECODED.join(', ')}`, value: '<name>', parse: oneOf(DECODED) },
  level: {
    heading: SPACE,
    summary: 'level of the table that a descriptor stands in',
    value: '<level>',
    parse: wholeNumber(-1, 3),
  },
  ...spaceOptions,
  ...outputOptions,
};

const decode: Command = defineCommand({
  name: 'decode',
  summary: 'explain a descriptor or a register, field by field',
  args: [{ name: 'value', summary: 'what was read' }],
  options: decodeOptions,
  defaultOf: (option) => ({ ...SPACE_DEFAULTS, as: 'descriptor', level: '3' })[option],
  examples: [
    { line: 'kexeckit tables decode 0x60000040200711 --level 2', does: 'a block' },
    { line: 'kexeckit tables decode 0x80803520 --as tcr', does: 'TCR_EL1' },
  ],
  load: async () => {
    const [{ decode: run }, { decodeView }] = await Promise.all([
      import('./decode.ts'),
      import('../../render/tables.ts'),
    ]);
    return { run, view: decodeView };
  },
});

/** `kexeckit tables` */
export const tables: Family = {
  name: 'tables',
  summary: 'build, walk, list, check and explain arm64 page tables',
  verbs: [build, walk, list, check, decode],
};
