import { EXIT } from '../../exit-code.ts';
import { FILE, OUTPUT } from '../../options/headings.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { filled, text } from '../../options/values.ts';
import { type Argument, type Command, defineCommand, type Family } from '../command.ts';
import { type DiffValues, FIRMWARE_TREE, type GetValues, type SetValues, type WriteValues } from './values.ts';

const FILE_ARGUMENT: Argument = { name: 'file', summary: 'a device tree: a blob, or its source' };
const BLOB: Argument = { name: 'file', summary: 'a device tree: a blob' };
const PATH: Argument = { name: 'path', summary: 'a node: /soc/serial, with or without unit addresses, or an alias' };

const TYPES = 's texts, i u x numbers with a sign, without, in hexadecimal; before them b for bytes, h for halves';

const writeOptions: OptionsFor<WriteValues> = {
  output: {
    heading: OUTPUT,
    summary: 'where the tree is written; - is standard output',
    value: '<file>',
    parse: filled,
  },
  ...outputOptions,
};

const show: Command = defineCommand({
  name: 'show',
  summary: 'print a device tree, or a part of it, as source text',
  args: [
    { ...FILE_ARGUMENT, summary: `${FILE_ARGUMENT.summary}; by default that of this host`, isOptional: true },
    { ...PATH, isOptional: true },
  ],
  options: outputOptions,
  examples: [
    { line: 'kexeckit dtb show board.dtb', does: 'what dtc -I dtb -O dts prints' },
    { line: 'kexeckit dtb show board.dtb /chosen', does: 'one node, and all below it' },
    { line: `kexeckit dtb show ${FIRMWARE_TREE}`, does: 'the tree that this machine was booted with, as root' },
  ],
  load: async () => {
    const [{ showTree }, { showView }] = await Promise.all([import('./show.ts'), import('../../render/dtb.ts')]);
    return { run: showTree, view: showView };
  },
});

const getOptions: OptionsFor<GetValues> = {
  type: {
    heading: OUTPUT,
    summary: `how the value is printed: ${TYPES}; dts as source text, phandle the path that it leads to`,
    value: '<type>',
    parse: filled,
  },
  default: { heading: OUTPUT, summary: 'what is printed where there is none', value: '<text>', parse: text },
  ...outputOptions,
};

const get: Command = defineCommand({
  name: 'get',
  summary: 'print a property, or what a node has',
  args: [FILE_ARGUMENT, PATH, { name: 'property', summary: 'its name', isOptional: true }],
  options: getOptions,
  defaultOf: (option) =>
    ({ type: 's where it looks like texts, i for cells, bi for bytes', default: 'an error' })[option],
  examples: [
    { line: 'kexeckit dtb get board.dtb /chosen bootargs', does: 'what fdtget prints' },
    { line: 'kexeckit dtb get board.dtb /chosen', does: 'all properties, and the names of the nodes in it' },
    { line: 'kexeckit dtb get board.dtb / compatible --type dts', does: 'as it is given to dtb set' },
  ],
  load: async () => {
    const [{ getProperty }, { getView }] = await Promise.all([import('./get.ts'), import('../../render/dtb.ts')]);
    return { run: getProperty, view: getView };
  },
});

const setOptions: OptionsFor<SetValues> = {
  type: {
    heading: FILE,
    summary: `what the values are: dts, or as fdtput has it: ${TYPES}`,
    value: '<type>',
    parse: filled,
  },
  create: { heading: FILE, summary: 'make the nodes of the path that are not there' },
  ...writeOptions,
};

const set: Command = defineCommand({
  name: 'set',
  summary: 'give a property a value, and say what has changed',
  args: [
    BLOB,
    PATH,
    { name: 'property', summary: 'its name' },
    {
      name: 'value',
      summary: '"text", <1 0x2 &label>, [00 ff]: quote it for the shell',
      isOptional: true,
      isMany: true,
    },
  ],
  options: setOptions,
  defaultOf: (option) => ({ type: 'dts', output: 'the file itself' })[option],
  examples: [
    { line: `kexeckit dtb set board.dtb /chosen bootargs '"console=ttyAMA0"'`, does: 'in place, as fdtput does' },
    { line: `kexeckit dtb set board.dtb /chosen bootargs --type s quiet`, does: 'the value as a text' },
    {
      line: `kexeckit dtb set board.dtb /chosen linux,initrd-start '<0x48000000>' --output new.dtb`,
      does: 'the board stays as it is',
    },
  ],
  load: async () => {
    const [{ setProperty }, { editView }] = await Promise.all([import('./edit.ts'), import('../../render/dtb.ts')]);
    return { run: setProperty, view: editView };
  },
});

const remove: Command = defineCommand({
  name: 'delete',
  summary: 'remove a node, or properties of one',
  args: [
    BLOB,
    PATH,
    { name: 'property', summary: 'names; without them the node goes', isOptional: true, isMany: true },
  ],
  options: writeOptions,
  defaultOf: (option) => ({ output: 'the file itself' })[option],
  examples: [{ line: 'kexeckit dtb delete board.dtb /chosen bootargs --output new.dtb', does: 'one property less' }],
  load: async () => {
    const [{ remove: run }, { editView }] = await Promise.all([import('./edit.ts'), import('../../render/dtb.ts')]);
    return { run, view: editView };
  },
});

const overlay: Command = defineCommand({
  name: 'overlay',
  summary: 'apply overlays to a tree, one after the other, and say what has changed',
  args: [
    { name: 'base', summary: 'the tree of a board' },
    { name: 'overlay', summary: 'what is put over it', isMany: true },
  ],
  options: writeOptions,
  defaultOf: (option) => ({ output: '-' })[option],
  examples: [{ line: 'kexeckit dtb overlay board.dtb uart.dtbo --output new.dtb', does: 'what fdtoverlay does' }],
  load: async () => {
    const [{ overlayTree }, { editView }] = await Promise.all([import('./edit.ts'), import('../../render/dtb.ts')]);
    return { run: overlayTree, view: editView };
  },
});

const diffOptions: OptionsFor<DiffValues> = {
  renumbered: { heading: OUTPUT, summary: 'show also properties that differ only in the numbers of phandles' },
  ...outputOptions,
};

const diff: Command = defineCommand({
  name: 'diff',
  summary: 'show in what two device trees differ, node by node',
  args: [
    { name: 'before', summary: 'a device tree: a blob, or its source' },
    { name: 'after', summary: 'another one' },
  ],
  options: diffOptions,
  failed: EXIT.trouble,
  examples: [
    {
      line: 'kexeckit dtb diff board.dtb new.dtb',
      does: 'exit code 0 if they are the same, 1 if they differ, 2 if that cannot be said',
    },
  ],
  load: async () => {
    const [{ diffTrees }, { diffView }] = await Promise.all([import('./diff.ts'), import('../../render/dtb.ts')]);
    return { run: diffTrees, view: diffView };
  },
});

const check: Command = defineCommand({
  name: 'check',
  summary: 'say whether a tree is whole, and what Linux reads otherwise than it may be meant',
  args: [{ ...FILE_ARGUMENT, isMany: true }],
  options: outputOptions,
  failed: EXIT.trouble,
  examples: [{ line: 'kexeckit dtb check board.dtb', does: 'exit code 1 if there is something to say' }],
  load: async () => {
    const [{ checkTrees }, { checkView }] = await Promise.all([import('./check.ts'), import('../../render/dtb.ts')]);
    return { run: checkTrees, view: checkView };
  },
});

/** `kexeckit dtb` */
export const dtb: Family = {
  name: 'dtb',
  summary: 'show, edit and compare device trees',
  verbs: [show, get, set, remove, diff, overlay, check],
};
