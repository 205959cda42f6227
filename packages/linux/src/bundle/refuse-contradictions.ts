import { latin1 } from '../reading.ts';
import { damaged, quoted } from './damaged.ts';
import { capabilitiesIn, type Manifest, type Question, STATUS } from './manifest.ts';

/** What a manifest says of one path. */
interface Said {
  isFile: boolean;
  isFolder: boolean;
  /** Undefined where nobody asked. */
  isThere: boolean | undefined;
}

/**
 * Refuses a manifest that says two things of one: a host answers each question once, and which answer counts would be anybody's
 * choice.
 *
 * @param contents the bytes of each file, by its path on the host.
 * @throws LinuxError EINVAL
 */
export function refuseContradictions(manifest: Manifest, contents: ReadonlyMap<string, Uint8Array>): void {
  const { files, folders, there, opened, unread } = manifest;
  refuseTwins('files', paths(files));
  refuseTwins('folders', paths(folders));
  refuseTwins('there', paths(there));
  refuseTwins('opened', opened);
  refuseTwins('unread', unread.map(answerOf));
  for (const { path, entries } of folders)
    refuseTwins(
      `the folder ${path}`,
      entries.map(([name]) => name),
    );
  refuseBothWays(manifest);
  refuseImpossible(saidOf(manifest));
  refuseOtherPrivileges(manifest, contents.get(STATUS));
}

const paths = (all: readonly { readonly path: string }[]): readonly string[] => all.map(({ path }) => path);

const answerOf = ({ asked, path }: { readonly asked: Question; readonly path: string }): string => `${asked} ${path}`;

function refuseTwins(where: string, all: readonly string[]): void {
  const seen = new Set<string>();
  for (const each of all) {
    if (seen.has(each)) throw damaged(`its manifest has ${quoted(each)} twice, in ${quoted(where)}`);
    seen.add(each);
  }
}

/** An answer, and why there is none. */
function refuseBothWays({ files, folders, there, opened, unread }: Manifest): void {
  const answered = new Set([
    ...files.flatMap(({ path }) => [`read ${path}`, `find ${path}`]),
    ...paths(folders).map((path) => `list ${path}`),
    ...paths(there).map((path) => `exists ${path}`),
    ...opened.map((path) => `open ${path}`),
  ]);
  const both = unread.find((each) => answered.has(answerOf(each)));
  if (both !== undefined)
    throw damaged(`its manifest has ${quoted(both.path)}, and says that it could not be read (${both.asked})`);
}

function saidOf({ files, folders, there, opened }: Manifest): Map<string, Said> {
  const all = new Map<string, Said>();
  const at = (path: string): Said => {
    const said = all.get(path) ?? { isFile: false, isFolder: false, isThere: undefined };
    all.set(path, said);
    return said;
  };
  for (const path of [...paths(files), ...opened]) at(path).isFile = true;
  for (const path of paths(folders)) at(path).isFolder = true;
  for (const { path, isThere } of there) at(path).isThere = isThere;
  return all;
}

/** What is there and is not, is a file and a folder, or lies below what is no folder. */
function refuseImpossible(all: ReadonlyMap<string, Said>): void {
  // With a slash behind each, what lies below a path comes right after it.
  const sorted = [...all].map(([path, said]) => ({ path, below: `${path}/`, said }));
  sorted.sort((a, b) => (a.below < b.below ? -1 : 1));
  let none: string | undefined;
  for (const { path, below, said } of sorted) {
    const isAnything = said.isFile || said.isFolder || said.isThere === true;
    const isInside = none !== undefined && below.startsWith(none);
    if (isAnything && (isInside || (said.isFile && said.isFolder) || said.isThere === false))
      throw damaged(`its manifest has ${quoted(path)}, and says that it cannot be there`);
    if (!isInside) none = said.isFile || said.isThere === false ? below : undefined;
  }
}

/** Who read the files stands in one of them. */
function refuseOtherPrivileges({ privileges }: Manifest, status: Uint8Array | undefined): void {
  const said = status === undefined ? undefined : capabilitiesIn(latin1(status));
  if (said !== undefined && said !== privileges.capabilities)
    throw damaged(`its manifest has other capabilities than ${quoted(STATUS)}`);
}
