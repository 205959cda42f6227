import * as v from 'valibot';
import { address, count, flag, hex, list, object, text, texts, totals, word, written } from './parts.ts';

const propertyEntries = {
  name: text('its name'),
  form: word(['empty', 'text', 'cells', 'bytes'], 'what the value is taken for'),
  bytes: count('bytes of the value'),
  hex: v.pipe(v.string(), v.regex(/^([0-9a-f]{2})*$/), v.description('the bytes of the value')),
  texts: v.optional(texts('the value as texts, where it is taken for some')),
  cells: v.optional(list(count('32 bits'), 'the value as cells, where it is taken for some')),
} as const;

/** A property, and its value. */
export const property = object(propertyEntries, 'a property');

/** A node, and all below it. */
export interface NodeJson {
  name: string;
  properties: readonly v.InferOutput<typeof property>[];
  children: readonly NodeJson[];
}

/** A node as it is printed. */
export const node: v.GenericSchema<NodeJson> = object(
  {
    name: text('its name; empty for the root'),
    properties: list(property, 'what it has'),
    children: list(
      v.lazy(() => node),
      'the nodes below it',
    ),
  },
  'a node of a device tree',
);

const reservation = object(
  { address: address('physical address'), bytes: hex('its size in bytes') },
  'an entry of the memory reservation block',
);

const edge = { path: text('the path of the node') } as const;

/** One difference between two trees. */
export const change = v.variant('kind', [
  v.strictObject({ kind: v.literal('boot-cpu'), before: count('the number before'), after: count('and after') }),
  v.strictObject({ kind: word(['reservation-removed', 'reservation-added'], 'what has changed'), reservation }),
  v.strictObject({ kind: word(['property-removed', 'property-added'], 'what has changed'), ...edge, property }),
  v.strictObject({
    kind: v.literal('property-changed'),
    ...edge,
    before: property,
    after: property,
    isRenumbered: flag('whether only numbers of phandles differ'),
  }),
  v.strictObject({ kind: word(['node-removed', 'node-added'], 'what has changed'), ...edge, node }),
  v.strictObject({
    kind: v.literal('reordered'),
    ...edge,
    what: word(['properties', 'nodes', 'reservations'], 'what stands in another order'),
  }),
]);

export const dtbShow = object(
  {
    fileBytes: v.optional(count('bytes of the file; left out where a node was asked for')),
    bootCpuidPhys: v.optional(count('the boot CPU; left out where a node was asked for')),
    reservations: v.optional(list(reservation, 'memory reservations; left out where a node was asked for')),
    node,
    totals: totals({ nodes: count('nodes, with the first'), properties: count('properties of all of them') }),
  },
  'What kexeckit dtb show prints',
);

const gotProperty = object(
  {
    path: text('the path of the node'),
    isThere: v.literal(true),
    ...propertyEntries,
    text: text('the value as --type says'),
  },
  'a property',
);

const gotDefault = object(
  {
    path: text('the path of the node'),
    name: text('its name'),
    isThere: v.literal(false),
    default: text('what was given with --default'),
  },
  'a property that is not there',
);

const gotNode = object(
  {
    path: text('the path of the node'),
    name: text('its name; empty for the root'),
    properties: list(property, 'what it has'),
    children: texts('names of the nodes below it'),
    totals: totals({ properties: count('properties'), children: count('nodes right below it') }),
  },
  'a node',
);

export const dtbGet = v.pipe(
  v.union([gotProperty, gotDefault, gotNode]),
  v.description('What kexeckit dtb get prints: a property, its default, or a node'),
);

const changes = list(change, 'what differs');
const changesTotals = totals({ changes: count('differences') });

export const dtbEdit = object(
  { changes, totals: changesTotals, written: v.optional(written) },
  'What kexeckit dtb set, dtb delete and dtb overlay print',
);

export const dtbDiff = object({ changes, totals: changesTotals }, 'What kexeckit dtb diff prints');

const doubt = object(
  {
    path: text('the path of the node'),
    problem: text('what it is'),
    reading: text('what Linux makes of it'),
  },
  'something that Linux may read otherwise than it is meant',
);

const checked = object(
  {
    file: text('the file'),
    isWhole: flag('whether it is a tree that is whole'),
    damage: v.optional(object({ message: text('what is wrong'), hint: text('what to do') }, 'why it is none')),
    isOverlay: flag('whether it is an overlay'),
    doubts: list(doubt, 'what may be meant otherwise'),
  },
  'a tree that was checked',
);

export const dtbCheck = object(
  {
    trees: list(checked, 'every file that was given'),
    totals: totals({ trees: count('files'), damaged: count('those that are not whole'), doubts: count('doubts') }),
  },
  'What kexeckit dtb check prints',
);

export type DtbShowJson = v.InferOutput<typeof dtbShow>;
export type DtbGetJson = v.InferOutput<typeof dtbGet>;
export type DtbEditJson = v.InferOutput<typeof dtbEdit>;
export type DtbDiffJson = v.InferOutput<typeof dtbDiff>;
export type DtbCheckJson = v.InferOutput<typeof dtbCheck>;
export type ReservationJson = v.InferOutput<typeof reservation>;
export type PropertyJson = v.InferOutput<typeof property>;
export type ChangeJson = v.InferOutput<typeof change>;
