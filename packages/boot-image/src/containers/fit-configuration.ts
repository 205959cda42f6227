import { type Fdt, type FdtNode, getProperty, readStrings, readU32 } from '@kexeckit/fdt';
import { BootImageError } from '../error.ts';
import { listed } from '../words.ts';

/** What is taken of a FIT image: of one configuration, or of an image that has none. */
export interface Selection {
  /** Its name; undefined where there are no configurations. */
  readonly name: string | undefined;
  /** The names of the others. */
  readonly others: readonly string[];
  /** The images in the place of each kind; an overlay follows its tree. */
  readonly kernel: FdtNode | undefined;
  readonly ramdisk: FdtNode | undefined;
  readonly trees: readonly FdtNode[];
  /** Whether something is signed. */
  readonly isSigned: boolean;
}

/**
 * The default configuration of a FIT image, or the one that is asked for.
 *
 * @throws BootImageError `EINVAL` where it is not there, or names an image that is not
 */
export function select({ root }: Fdt, asked: string | undefined): Selection {
  const images = childOf(root, 'images');
  const all = childOf(root, 'configurations');
  const node = configuration(all, asked ?? (all && text(all, 'default')));
  const named = (kind: string): FdtNode[] => imagesNamed(images, node, kind);
  const [kernel = node ? undefined : firstKernel(images)] = named('kernel');
  const [[ramdisk], trees] = [named('ramdisk'), named('fdt')];
  const used = [node, kernel, ramdisk, ...trees];
  return {
    name: node?.name,
    others: (all?.children ?? []).filter((each) => each !== node).map(({ name }) => name),
    kernel,
    ramdisk,
    trees,
    isSigned: used.some((each) => each?.children.some(({ name }) => name.startsWith('signature')) ?? false),
  };
}

function configuration(all: FdtNode | undefined, name: string | undefined): FdtNode | undefined {
  const found = name === undefined ? all?.children[0] : childOf(all, name);
  if (name === undefined || found !== undefined) return found;
  const names = (all?.children ?? []).map((each) => each.name);
  throw new BootImageError(
    'EINVAL',
    `the FIT image has no configuration ${JSON.stringify(name)}`,
    names.length === 0 ? 'it has none at all' : `it has ${listed(names)}`,
    { value: name },
  );
}

function imagesNamed(images: FdtNode | undefined, from: FdtNode | undefined, kind: string): FdtNode[] {
  const seen = new Set<string>();
  return (from === undefined ? [] : texts(from, kind)).map((name) => {
    if (seen.has(name)) throw namedTwice(from, name);
    seen.add(name);
    const image = childOf(images, name);
    if (image !== undefined) return image;
    const message = `the configuration ${from?.name} of the FIT image names ${JSON.stringify(name)}, which is not there`;
    throw new BootImageError('EINVAL', message, 'make the FIT image again, or ask for another configuration', {
      value: name,
    });
  });
}

/** Nothing is applied twice, and nothing else keeps a small file from asking for more work than there is time for. */
const namedTwice = (from: FdtNode | undefined, name: string): BootImageError =>
  new BootImageError(
    'EINVAL',
    `the configuration ${from?.name} of the FIT image names ${JSON.stringify(name)} twice`,
    'make the FIT image again, or ask for another configuration',
    { value: name },
  );

const firstKernel = (images: FdtNode | undefined): FdtNode | undefined =>
  images?.children.find((image) => /^kernel(_noload)?$/.test(text(image, 'type') ?? ''));

const childOf = (parent: FdtNode | undefined, name: string): FdtNode | undefined =>
  parent?.children.find((child) => child.name === name);

/** The first text of a property; undefined where it is none. */
export const text = (node: FdtNode, name: string): string | undefined => texts(node, name)[0];

function texts(node: FdtNode, name: string): string[] {
  const value = getProperty(node, name);
  try {
    return value === undefined ? [] : readStrings(value);
  } catch {
    return [];
  }
}

export function number(node: FdtNode, name: string): number | undefined {
  const value = getProperty(node, name);
  return value?.length === 4 ? readU32(value) : undefined;
}
