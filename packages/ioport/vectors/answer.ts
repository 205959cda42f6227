import {
  adjustResource,
  allocateResource,
  allocFreeMemRegion,
  createResource,
  createTree,
  findResourceSpace,
  formatResource,
  insertResourceConflict,
  insertResourceExpandToFit,
  iomemMapSanityCheck,
  type LogLine,
  lookupResource,
  mergeSystemRamResource,
  type Range,
  type Resource,
  regionIntersects,
  releaseChildResources,
  releaseMemRegionAdjustable,
  releaseRegion,
  releaseResource,
  removeResource,
  requestFreeMemRegion,
  requestRegion,
  requestResourceConflict,
  reserveRegionWithSplit,
  resourceAlignment,
  resourceContains,
  resourceIntersection,
  resourceIsExclusive,
  resourceLines,
  resourceUnion,
  type SpaceRequest,
  type WalkedRange,
  walkIomemResDesc,
  walkMemRes,
  walkSystemRamRange,
  walkSystemRamRes,
  walkSystemRamResRev,
} from '@kexeckit/ioport';
import { bool, type Fields, hex, num, objectOf, text, textOrNull, u64 } from '@kexeckit/vectors';

/** One case of a reference vector file; the format is described next to the vectors. */
export interface VectorCase {
  id: string;
  fn: string;
  input: unknown;
}

/** The functions that this package answers for. */
export const functions: readonly string[] = ['resource_script'];

/** What the package says to a case, in the shape of the vectors' `output`. */
export function answer(vector: VectorCase): unknown {
  const { ops } = objectOf(vector.input);
  if (!Array.isArray(ops)) throw new TypeError(`${vector.id}: no ops`);
  const script = new Script();
  const results = ops.map((op) => script.run(objectOf(op)));
  const ioport = resourceLines(script.ioport);
  return { results, iomem: resourceLines(script.iomem), ...(ioport.length > 0 ? { ioport } : {}) };
}

type Result = Record<string, unknown>;

/** `log` is present only if something was printed. */
function withLog(result: Result, log: LogLine[]): Result {
  return log.length > 0 ? { ...result, log } : result;
}

function described(resource: Resource): Result {
  return { start: hex(resource.start), end: hex(resource.end), name: resource.name };
}

function span({ start, end }: Range): Result {
  return { start: hex(start), end: hex(end) };
}

function withConflict(conflict: Resource | null): Result {
  return conflict ? { ret: -16, conflict: described(conflict) } : { ret: 0 };
}

function spaceRequest(op: Fields): SpaceRequest {
  const request: SpaceRequest = {
    size: u64(op, 'size'),
    min: u64(op, 'min'),
    max: u64(op, 'max'),
    align: u64(op, 'align'),
  };
  if (op.alignf === 'isa') request.alignFunction = alignIsa;
  if (op.alignf === 'top') request.alignFunction = alignTop;
  return request;
}

function alignIsa({ start }: Range): bigint {
  return (start & 0x300n) === 0n ? start : (start + 0x3ffn) & ~0x3ffn;
}

function alignTop({ start, end }: Range, size: bigint, align: bigint): bigint {
  if (BigInt.asUintN(64, end - start + 1n) < size) return start;
  return BigInt.asUintN(64, end - size + 1n) & ~(align - 1n);
}

/** A run of operations over the two trees and the resources that it defines. */
class Script {
  readonly iomem: Resource = createTree('iomem').root;
  readonly ioport: Resource = createTree('ioport').root;
  readonly #named = new Map<string, Resource>([
    ['iomem', this.iomem],
    ['ioport', this.ioport],
  ]);

  run(op: Fields): Result {
    const handler = OPERATIONS.get(text(op, 'op'));
    if (!handler) throw new TypeError(`unknown op ${JSON.stringify(op.op)}`);
    return handler(this, op);
  }

  get(op: Fields, field: string): Resource {
    const found = this.#named.get(text(op, field));
    if (!found) throw new TypeError(`no resource ${JSON.stringify(op[field])}`);
    return found;
  }

  set(op: Fields, field: string, resource: Resource): void {
    if (op[field] !== undefined) this.#named.set(text(op, field), resource);
  }

  nameOf(resource: Resource): Result | string {
    if (resource === this.iomem) return 'iomem';
    return resource === this.ioport ? 'ioport' : described(resource);
  }
}

type Operation = (script: Script, op: Fields) => Result;

function walk(script: Script, op: Fields): Result {
  const calls: unknown[] = [];
  const stopAfter = op.stop_after === undefined ? Number.POSITIVE_INFINITY : num(op, 'stop_after');
  const reply = (): number => (calls.length >= stopAfter ? num(op, 'stop_ret') : 0);
  if (op.kind === 'system_ram_range') {
    const ret = walkSystemRamRange(script.iomem, u64(op, 'start_pfn'), u64(op, 'nr_pages'), (pfn, pages) => {
      calls.push([hex(pfn), hex(pages)]);
      return reply();
    });
    return { calls, ret };
  }
  const window = { start: u64(op, 'start'), end: u64(op, 'end') };
  const callback = ({ start, end, flags, desc }: WalkedRange): number => {
    calls.push({ start: hex(start), end: hex(end), flags: hex(BigInt(flags)), desc });
    return reply();
  };
  return { calls, ret: walkKind(script, op, window, callback) };
}

function walkKind(script: Script, op: Fields, window: Range, callback: (range: WalkedRange) => number): number {
  switch (op.kind) {
    case 'system_ram':
      return walkSystemRamRes(script.iomem, window, callback);
    case 'system_ram_rev':
      return walkSystemRamResRev(script.iomem, window, callback);
    case 'mem':
      return walkMemRes(script.iomem, window, callback);
    case 'iomem_desc': {
      const match = { flags: Number(u64(op, 'flags')), desc: num(op, 'desc') };
      return walkIomemResDesc(script.iomem, window, match, callback);
    }
    default:
      throw new TypeError(`unknown walk ${JSON.stringify(op.kind)}`);
  }
}

function region(script: Script, op: Fields): Result {
  const { resource, log } = requestRegion(
    script.get(op, 'parent'),
    u64(op, 'start'),
    u64(op, 'n'),
    textOrNull(op, 'name'),
    Number(u64(op, 'flags')),
  );
  if (!resource?.parent) return withLog({ res: null }, log);
  script.set(op, 'as', resource);
  const { flags, desc, parent } = resource;
  return withLog({ res: { ...span(resource), flags: hex(BigInt(flags)), desc, parent: script.nameOf(parent) } }, log);
}

function freeRegion(script: Script, op: Fields, resource: Resource | null): Result {
  if (!resource) return { res: null, ret: -34 };
  script.set(op, 'as', resource);
  return { res: described(resource), ret: 0 };
}

function pair(ret: Range | null): Result {
  return ret ? { ret: true, ...span(ret) } : { ret: false, start: '0x0', end: '0x0' };
}

const OPERATIONS = new Map<string, Operation>([
  [
    'def',
    (script, op) => {
      const spec = { name: textOrNull(op, 'name'), start: u64(op, 'start'), end: u64(op, 'end') };
      const desc = op.desc === undefined ? 0 : num(op, 'desc');
      script.set(op, 'id', createResource({ ...spec, flags: Number(u64(op, 'flags')), desc }));
      return {};
    },
  ],
  ['request', (script, op) => withConflict(requestResourceConflict(script.get(op, 'root'), script.get(op, 'res')))],
  ['insert', (script, op) => withConflict(insertResourceConflict(script.get(op, 'parent'), script.get(op, 'res')))],
  [
    'insert_expand',
    (script, op) => {
      const resource = script.get(op, 'res');
      const log = insertResourceExpandToFit(script.get(op, 'root'), resource);
      return withLog({ res: described(resource), in_tree: resource.parent !== null }, log);
    },
  ],
  ['release', (script, op) => ({ ret: releaseResource(script.get(op, 'res')) })],
  ['remove', (script, op) => ({ ret: removeResource(script.get(op, 'res')) })],
  ['release_children', (script, op) => withLog({}, releaseChildResources(script.get(op, 'res')))],
  [
    'allocate',
    (script, op) => {
      const resource = script.get(op, 'res');
      const ret = allocateResource(script.get(op, 'root'), resource, spaceRequest(op));
      return { ret, ...span(resource) };
    },
  ],
  [
    'find',
    (script, op) => {
      const place = findResourceSpace(script.get(op, 'root'), spaceRequest(op));
      return place ? { ret: 0, ...span(place) } : { ret: -16 };
    },
  ],
  [
    'adjust',
    (script, op) => {
      const resource = script.get(op, 'res');
      return { ret: adjustResource(resource, u64(op, 'start'), u64(op, 'size')), ...span(resource) };
    },
  ],
  [
    'lookup',
    (script, op) => {
      const found = lookupResource(script.get(op, 'root'), u64(op, 'start'));
      return { found: found && described(found) };
    },
  ],
  ['request_region', region],
  [
    'release_region',
    (script, op) => withLog({}, releaseRegion(script.get(op, 'parent'), u64(op, 'start'), u64(op, 'n'))),
  ],
  [
    'release_adjustable',
    (script, op) => withLog({}, releaseMemRegionAdjustable(script.iomem, u64(op, 'start'), u64(op, 'size'))),
  ],
  ['merge', (script, op) => withLog({}, mergeSystemRamResource(script.get(op, 'res')))],
  [
    'intersects',
    (script, op) => {
      const match = { flags: Number(u64(op, 'flags')), desc: num(op, 'desc') };
      return { ret: regionIntersects(script.iomem, u64(op, 'start'), u64(op, 'size'), match) };
    },
  ],
  ['walk', walk],
  [
    'reserve_split',
    (script, op) => {
      const root = script.get(op, 'root');
      return withLog({}, reserveRegionWithSplit(root, u64(op, 'start'), u64(op, 'end'), textOrNull(op, 'name')));
    },
  ],
  ['alignment', (script, op) => ({ align: hex(resourceAlignment(script.get(op, 'res'))) })],
  ['sanity', (script, op) => ({ ret: iomemMapSanityCheck(script.iomem, u64(op, 'start'), u64(op, 'size')) })],
  [
    'exclusive',
    (script, op) => {
      const root = script.get(op, 'root');
      return { ret: resourceIsExclusive(root, u64(op, 'start'), u64(op, 'size'), bool(op, 'strict')) };
    },
  ],
  [
    'alloc_free',
    (script, op) => {
      const base = script.get(op, 'base');
      return freeRegion(
        script,
        op,
        allocFreeMemRegion(base, u64(op, 'size'), u64(op, 'align'), textOrNull(op, 'name')),
      );
    },
  ],
  [
    'request_free',
    (script, op) => {
      const base = script.get(op, 'base');
      const { resource, log } = requestFreeMemRegion(script.iomem, base, u64(op, 'size'), textOrNull(op, 'name'));
      return withLog(freeRegion(script, op, resource), log);
    },
  ],
  ['show', (script, op) => ({ lines: resourceLines(script.get(op, 'root'), { privileged: bool(op, 'priv') }) })],
  [
    'pR',
    (script, op) => {
      const resource = script.get(op, 'res');
      return { pR: formatResource(resource), pr: formatResource(resource, true) };
    },
  ],
  ['union', (script, op) => pair(resourceUnion(script.get(op, 'a'), script.get(op, 'b')))],
  ['intersection', (script, op) => pair(resourceIntersection(script.get(op, 'a'), script.get(op, 'b')))],
  ['contains', (script, op) => ({ ret: resourceContains(script.get(op, 'a'), script.get(op, 'b')) })],
  ['overlaps', (script, op) => ({ ret: resourceUnion(script.get(op, 'a'), script.get(op, 'b')) !== null })],
]);
