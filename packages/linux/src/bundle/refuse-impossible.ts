import type { LinuxError } from '../error.ts';
import type { FolderEntry } from '../files/host-files.ts';
import { damaged, quoted } from './damaged.ts';
import type { Manifest } from './manifest.ts';

type Kind = FolderEntry['kind'];

/** What a manifest says of one path. */
interface Said {
  isFile: boolean;
  isFolder: boolean;
  /** Undefined where nobody asked. */
  isThere: boolean | undefined;
  /** Whether a question was answered by that it does not exist. */
  isMissing: boolean;
  /** What the folder that it is in takes it for. */
  kind: Kind | undefined;
  /** All that is in it, where it was listed. */
  names: ReadonlySet<string> | undefined;
}

/**
 * Refuses a manifest that has what is there and is not, is a file and a folder, lies below what is no folder, or is not in the list of
 * the folder that it is in.
 *
 * @throws LinuxError EINVAL
 */
export function refuseImpossible(manifest: Manifest): void {
  const all = saidOf(manifest);
  refuseUnlisted(all);
  // With a slash behind each, what lies below a path comes right after it.
  const sorted = [...all].map(([path, said]) => ({ path, below: `${path}/`, said }));
  sorted.sort((a, b) => (a.below < b.below ? -1 : 1));
  let none: string | undefined;
  for (const { path, below, said } of sorted) {
    const isInside = none !== undefined && below.startsWith(none);
    if ((isAnything(said) && (isInside || said.isThere === false)) || isBoth(said)) throw impossible(path);
    if (!isInside) none = isLeaf(said) ? below : undefined;
  }
}

const isAnything = ({ isFile, isFolder, isThere, kind }: Said): boolean =>
  isFile || isFolder || isThere === true || kind === 'file' || kind === 'folder';

/** Two answers in one; of what a folder lists, a part may be gone when it is read. */
const isBoth = ({ isFile, isFolder, isThere, isMissing, kind }: Said): boolean =>
  ((isFile || kind === 'file') && (isFolder || kind === 'folder')) ||
  (isMissing && (isFile || isFolder || isThere === true));

/** Nothing lies below it. */
const isLeaf = ({ isFile, isThere, isMissing, kind }: Said): boolean =>
  isFile || kind === 'file' || isThere === false || isMissing;

const impossible = (path: string): LinuxError =>
  damaged(`its manifest has ${quoted(path)}, and says that it cannot be there`);

function saidOf({ files, folders, there, opened, unread }: Manifest): Map<string, Said> {
  const all = new Map<string, Said>();
  const at = (path: string): Said => {
    const said = all.get(path) ?? {
      ...{ isFile: false, isFolder: false, isThere: undefined, isMissing: false },
      ...{ kind: undefined, names: undefined },
    };
    all.set(path, said);
    return said;
  };
  for (const path of [...files.map((each) => each.path), ...opened]) at(path).isFile = true;
  for (const { path, entries } of folders) {
    const said = at(path);
    said.isFolder = true;
    said.names = new Set(entries.map(([name]) => name));
    // A link may lead to anything, or nowhere.
    for (const [name, kind] of entries) if (kind !== 'other') at(`${path}/${name}`).kind = kind;
  }
  for (const { path, code } of unread) if (code === 'ENOENT') at(path).isMissing = true;
  for (const { path, isThere } of there) at(path).isThere = isThere;
  return all;
}

/** What is there is in the list of its folder, and so is what it lies in. */
function refuseUnlisted(all: ReadonlyMap<string, Said>): void {
  for (const [path, said] of all) {
    if (!isAnything(said)) continue;
    for (let slash = path.lastIndexOf('/'), end = path.length; slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const names = all.get(path.slice(0, slash))?.names;
      if (names !== undefined && !names.has(path.slice(slash + 1, end))) throw impossible(path);
      end = slash;
    }
  }
}
