import type { LinuxError } from '../error.ts';
import { latin1 } from '../reading.ts';
import { damaged, quoted } from './damaged.ts';
import { capabilitiesIn, type Manifest, type Question, STATUS, userIn } from './manifest.ts';
import { refuseImpossible } from './refuse-impossible.ts';

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
  refuseImpossible(manifest);
  refuseOtherReader(manifest, contents);
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

/** Who read the files, and on which kernel, stands in some of them. */
function refuseOtherReader({ privileges, uname }: Manifest, contents: ReadonlyMap<string, Uint8Array>): void {
  const lineOf = (path: string): string | undefined => {
    const bytes = contents.get(path);
    return bytes && latin1(bytes).trim();
  };
  const status = lineOf(STATUS);
  if (status !== undefined) {
    if ((capabilitiesIn(status) ?? null) !== privileges.capabilities) throw other('capabilities', STATUS);
    const user = userIn(status);
    if (privileges.uid !== null && user !== undefined && user !== privileges.uid) throw other('user', STATUS);
  }
  if (uname === null) return;
  const release = lineOf(RELEASE);
  // A program may have asked for the name of a version 2.6 (UNAME26), or of 32 bits.
  if (release !== undefined && release !== uname.release && !uname.release.startsWith('2.6.'))
    throw other('release', RELEASE);
  const machine = lineOf(MACHINE);
  if (machine !== undefined && machine !== uname.machine && HAVE_64_BITS.test(uname.machine))
    throw other('machine', MACHINE);
}

const RELEASE = '/proc/sys/kernel/osrelease';
const MACHINE = '/proc/sys/kernel/arch';
const HAVE_64_BITS = /^(?:aarch64|x86_64)$/;

const other = (what: string, path: string): LinuxError =>
  damaged(`its manifest says something else of the ${what} than ${quoted(path)}`);
