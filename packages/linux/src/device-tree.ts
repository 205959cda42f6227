import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LinuxError } from './error.ts';
import { exists, failed, firstOf, known, latin1, list, type Reading, readBytes, unknown } from './reading.ts';

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
}

/** A device tree blob starts with this word, big-endian (Devicetree Specification v0.4, 5.2). */
const FDT_MAGIC = 0xd00dfeed;
const FDT_PATH = '/sys/firmware/fdt';
/** Deeper than any tree; ends a walk that goes round. */
const MAX_DEPTH = 64;

/** The blob that the running kernel was booted with. */
export async function readFdt(root: string): Promise<Reading<Uint8Array>> {
  const bytes = await readBytes(root, FDT_PATH);
  if (!bytes.ok) return bytes;
  const view = new DataView(bytes.value.buffer, bytes.value.byteOffset, bytes.value.length);
  if (bytes.value.length < 8 || view.getUint32(0) !== FDT_MAGIC) {
    return unknown(FDT_PATH, 'EINVAL', 'it does not begin with the magic of a device tree, d00dfeed');
  }
  const total = view.getUint32(4);
  return total > bytes.value.length
    ? unknown(FDT_PATH, 'EINVAL', `it has ${bytes.value.length} bytes of the ${total} that its header names`)
    : bytes;
}

/** The unflattened tree. /proc/device-tree is a link to the folder in /sys, which is therefore looked at first. */
export function readDeviceTree(root: string, signal?: AbortSignal): Promise<Reading<DeviceTreeFacts>> {
  return firstOf(
    () => readTree(root, '/sys/firmware/devicetree/base', signal),
    () => readTree(root, '/proc/device-tree', signal),
  );
}

interface Walk {
  readonly root: string;
  readonly base: string;
  psci: Conduit | undefined;
  readonly enableMethods: Set<string>;
  readonly its: string[];
  memoryNodes: number;
  readonly signal: AbortSignal | undefined;
}

async function readTree(root: string, base: string, signal?: AbortSignal): Promise<Reading<DeviceTreeFacts>> {
  const top = await list(root, base);
  if (!top.ok) return top;
  if (top.value.length === 0) return unknown(base, 'ENOENT', 'the folder is empty');
  const walk: Walk = { root, base, psci: undefined, enableMethods: new Set(), its: [], memoryNodes: 0, signal };
  try {
    await visit(walk, '', 0);
  } catch (error) {
    signal?.throwIfAborted();
    return failed(base, error);
  }
  const [model] = await strings(walk, '', 'model');
  const enableMethods = [...walk.enableMethods].sort();
  return known({ model, psci: walk.psci, enableMethods, its: walk.its, memoryNodes: walk.memoryNodes });
}

/** Folders are nodes, files are properties; links are neither. */
async function visit(walk: Walk, node: string, depth: number): Promise<void> {
  walk.signal?.throwIfAborted();
  if (depth > MAX_DEPTH)
    throw new LinuxError(
      'EIO',
      `nodes are nested deeper than ${MAX_DEPTH} levels`,
      'give the tree of a running kernel',
      {
        path: `${walk.base}${node}`,
      },
    );
  const entries = await readdir(join(walk.root, walk.base, node), { withFileTypes: true });
  await note(walk, node, new Set(entries.filter((entry) => entry.isFile()).map((entry) => entry.name)));
  for (const entry of entries.filter((each) => each.isDirectory())) {
    await visit(walk, `${node}/${entry.name}`, depth + 1);
  }
}

async function note(walk: Walk, node: string, properties: ReadonlySet<string>): Promise<void> {
  if (properties.has('compatible')) await noteCompatible(walk, node);
  // Secondary CPUs of a spin-table have status "disabled" and count all the same.
  if (properties.has('enable-method') && (node === '/cpus' || node.startsWith('/cpus/'))) {
    for (const method of await strings(walk, node, 'enable-method')) walk.enableMethods.add(method);
  }
  if (properties.has('device_type') && properties.has('reg')) await noteMemory(walk, node);
}

async function noteCompatible(walk: Walk, node: string): Promise<void> {
  const compatible = await strings(walk, node, 'compatible');
  const isPsci = compatible.some((name) => /^arm,psci(-|$)/.test(name));
  if (!isPsci && !compatible.includes('arm,gic-v3-its')) return;
  const [status = 'okay'] = await strings(walk, node, 'status');
  if (status !== 'okay' && status !== 'ok') return;
  if (!isPsci) walk.its.push(node);
  else walk.psci = (await strings(walk, node, 'method'))[0] === 'hvc' ? 'hvc' : 'smc';
}

async function noteMemory(walk: Walk, node: string): Promise<void> {
  if ((await strings(walk, node, 'device_type'))[0] !== 'memory') return;
  const reg = await readBytes(walk.root, `${walk.base}${node}/reg`);
  if (reg.ok && reg.value.some((byte) => byte !== 0)) walk.memoryNodes++;
}

/** A property's NUL-terminated strings; none where there is no such property. */
async function strings(walk: Walk, node: string, property: string): Promise<string[]> {
  const bytes = await readBytes(walk.root, `${walk.base}${node}/${property}`);
  if (!bytes.ok) return [];
  return latin1(bytes.value)
    .split('\0')
    .filter((text) => text !== '');
}

/** Whether there is a folder that has names: containers hide /sys/firmware under an empty one. */
export async function readFirmwareFolder(root: string, name: string): Promise<Reading<boolean>> {
  const found = await exists(root, `/sys/firmware/${name}`);
  if (!found.ok || found.value) return found;
  const others = await list(root, '/sys/firmware');
  if (!others.ok) return others;
  return others.value.length > 0
    ? found
    : unknown('/sys/firmware', 'ENOENT', 'the folder is empty, as containers make it');
}
