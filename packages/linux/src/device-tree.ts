import type { FolderEntry, HostFiles } from './files/host-files.ts';
import { type Evidence, firstOf, known, latin1, type Reading, type Unread, unknown } from './reading.ts';

/** How the firmware is called (Arm SMC Calling Convention). */
export type Conduit = 'smc' | 'hvc';

/** What kexec depends on in the running kernel's device tree. */
export interface DeviceTreeFacts {
  /** The root's `model`. */
  readonly model: string | undefined;
  /** How the `psci` node (compatible `arm,psci…`) is called; undefined without such a node. */
  readonly psci: Conduit | undefined;
  /** The different `enable-method`s of the CPUs, sorted. */
  readonly enableMethods: readonly string[];
  /** Paths of the GICv3 interrupt translation services that are not disabled. */
  readonly its: readonly string[];
  /** Memory nodes whose `reg` is not empty. */
  readonly memoryNodes: number;
  /** The properties that say so. */
  readonly evidence: TreeEvidence;
}

/** Which properties of a device tree say what. */
export interface TreeEvidence {
  readonly psci: readonly Evidence[];
  /** The first CPU of each enable method. */
  readonly enableMethods: readonly Evidence[];
  readonly its: readonly Evidence[];
  readonly memory: readonly Evidence[];
}

/** A device tree blob starts with this word, big-endian (Devicetree Specification v0.4, 5.2). */
const FDT_MAGIC = 0xd00dfeed;
const FDT_PATH = '/sys/firmware/fdt';
/** Deeper than any tree; ends a walk that goes round. */
const MAX_DEPTH = 64;

/** The blob that the running kernel was booted with. */
export async function readFdt(files: HostFiles): Promise<Reading<Uint8Array>> {
  const bytes = await files.read(FDT_PATH);
  if (!bytes.ok) return bytes;
  const view = new DataView(bytes.value.buffer, bytes.value.byteOffset, bytes.value.length);
  if (bytes.value.length < 8 || view.getUint32(0) !== FDT_MAGIC) {
    return unknown(FDT_PATH, 'EINVAL', 'it does not begin with the magic of a device tree, d00dfeed');
  }
  const total = view.getUint32(4);
  return total > bytes.value.length
    ? unknown(FDT_PATH, 'EINVAL', `it has ${bytes.value.length} bytes of the ${total} that its header names`)
    : known(bytes.value, { path: FDT_PATH, text: `${bytes.value.length} bytes` });
}

/** The unflattened tree. /proc/device-tree is a link to the folder in /sys, which is therefore looked at first. */
export function readDeviceTree(files: HostFiles, signal?: AbortSignal): Promise<Reading<DeviceTreeFacts>> {
  return firstOf(
    () => readTree(files, '/sys/firmware/devicetree/base', signal),
    () => readTree(files, '/proc/device-tree', signal),
  );
}

interface Walk {
  readonly files: HostFiles;
  readonly base: string;
  psci: Conduit | undefined;
  readonly enableMethods: Set<string>;
  readonly its: string[];
  readonly evidence: { readonly [Kind in keyof TreeEvidence]: Evidence[] };
  readonly signal: AbortSignal | undefined;
}

async function readTree(files: HostFiles, base: string, signal?: AbortSignal): Promise<Reading<DeviceTreeFacts>> {
  const top = await files.list(base);
  if (!top.ok) return top;
  if (top.value.length === 0) return unknown(base, 'ENOENT', 'the folder is empty');
  const evidence = { psci: [], enableMethods: [], its: [], memory: [] };
  const walk: Walk = { files, base, psci: undefined, enableMethods: new Set(), its: [], evidence, signal };
  const stopped = await visit(walk, '', top.value, 0);
  if (stopped !== undefined) return { ok: false, unread: stopped };
  const [model] = await strings(walk, '', 'model');
  const { psci, its } = walk;
  const enableMethods = [...walk.enableMethods].sort();
  const memoryNodes = walk.evidence.memory.length;
  return known({ model, psci, enableMethods, its, memoryNodes, evidence }, { path: base, text: model ?? 'no model' });
}

/** Folders are nodes, files are properties; links are neither. Returns why it could not go on. */
async function visit(
  walk: Walk,
  node: string,
  entries: readonly FolderEntry[],
  depth: number,
): Promise<Unread | undefined> {
  walk.signal?.throwIfAborted();
  if (depth > MAX_DEPTH)
    return { path: `${walk.base}${node}`, code: 'EIO', reason: `nodes are nested deeper than ${MAX_DEPTH} levels` };
  await note(walk, node, new Set(entries.filter(({ kind }) => kind === 'file').map(({ name }) => name)));
  for (const { name } of entries.filter(({ kind }) => kind === 'folder')) {
    const below = await walk.files.list(`${walk.base}${node}/${name}`);
    if (!below.ok) return below.unread;
    const stopped = await visit(walk, `${node}/${name}`, below.value, depth + 1);
    if (stopped !== undefined) return stopped;
  }
  return undefined;
}

async function note(walk: Walk, node: string, properties: ReadonlySet<string>): Promise<void> {
  if (properties.has('compatible')) await noteCompatible(walk, node);
  // Secondary CPUs of a spin-table have status "disabled" and count all the same.
  if (properties.has('enable-method') && (node === '/cpus' || node.startsWith('/cpus/')))
    for (const method of await strings(walk, node, 'enable-method')) {
      if (!walk.enableMethods.has(method))
        walk.evidence.enableMethods.push(property(walk, node, 'enable-method', method));
      walk.enableMethods.add(method);
    }
  if (properties.has('device_type') && properties.has('reg')) await noteMemory(walk, node);
}

async function noteCompatible(walk: Walk, node: string): Promise<void> {
  const compatible = await strings(walk, node, 'compatible');
  const isPsci = compatible.some((name) => /^arm,psci(-|$)/.test(name));
  if (!isPsci && !compatible.includes('arm,gic-v3-its')) return;
  const [status = 'okay'] = await strings(walk, node, 'status');
  const isOn = status === 'okay' || status === 'ok';
  const name = isPsci ? 'psci' : 'its';
  const text = isOn ? compatible.join(', ') : `${compatible.join(', ')}; status ${status}`;
  walk.evidence[name].push(property(walk, node, 'compatible', text));
  if (!isOn) return;
  if (!isPsci) walk.its.push(node);
  else walk.psci = (await strings(walk, node, 'method'))[0] === 'hvc' ? 'hvc' : 'smc';
}

async function noteMemory(walk: Walk, node: string): Promise<void> {
  if ((await strings(walk, node, 'device_type'))[0] !== 'memory') return;
  const reg = await walk.files.read(`${walk.base}${node}/reg`);
  if (!reg.ok || !reg.value.some((byte) => byte !== 0)) return;
  walk.evidence.memory.push(property(walk, node, 'reg', `${reg.value.length} bytes`));
}

const property = ({ base }: Walk, node: string, name: string, text: string): Evidence => ({
  path: `${base}${node}/${name}`,
  text,
});

/** A property's NUL-terminated strings; none where there is no such property. */
async function strings(walk: Walk, node: string, name: string): Promise<string[]> {
  const bytes = await walk.files.read(`${walk.base}${node}/${name}`);
  if (!bytes.ok) return [];
  return latin1(bytes.value)
    .split('\0')
    .filter((text) => text !== '');
}

/** Whether there is a folder that has names: containers hide /sys/firmware under an empty one. */
export async function readFirmwareFolder(files: HostFiles, name: string): Promise<Reading<boolean>> {
  const found = await files.exists(`/sys/firmware/${name}`);
  if (!found.ok || found.value) return found;
  const others = await files.list('/sys/firmware');
  if (!others.ok) return others;
  return others.value.length > 0
    ? found
    : unknown('/sys/firmware', 'ENOENT', 'the folder is empty, as containers make it');
}
