import type { DigestedFile } from '@kexeckit/rollout';

/** Where files of rollouts stand on a host, each in a name that is its digest. */
export const FLEET_FOLDER = '/var/lib/kexeckit/fleet';

/** The host's side, in the folder of its digest. */
export const AGENT_NAME = 'kexeckit';

/** Where a file stands on a host. */
export const pathOnHost = ({ sha256 }: Pick<DigestedFile, 'sha256'>): string => `${FLEET_FOLDER}/${sha256}`;

/** Where the host's side stands on a host: a program that can be run. */
export const agentOnHost = (agent: Pick<DigestedFile, 'sha256'>): string => `${pathOnHost(agent)}/${AGENT_NAME}`;

/** Where each rollout that has rebooted a host has its claim, in a file of its name. */
const ROLLOUTS_FOLDER = '/var/lib/kexeckit/rollouts';

/** The command that shows the claim of a rollout; it ends with 1 where there is none. */
export const claimCommand = (rollout: string): [string, ...string[]] => ['cat', `${ROLLOUTS_FOLDER}/${rollout}`];

/** What the first script answers with. */
export const PRESENT = 'present';
export const MISSING = 'missing';

/**
 * Run as `sh -c ASK sh PATH SHA256`: `present` where PATH is a file with this digest that nobody but its owner can have written,
 * `missing` where it is not. Nothing is changed.
 */
export const ASK_SCRIPT: string = `set -u
if [ -f "$1" ] && [ ! -L "$1" ] && [ -O "$1" ]; then
  sum=$(sha256sum <"$1") || exit 1
  if [ "\${sum%% *}" = "$2" ]; then echo ${PRESENT}; exit 0; fi
fi
echo ${MISSING}
`;

/**
 * Run as `sh -c WRITE sh PATH SHA256` with the bytes on standard input: writes them beside PATH, checks their digest, and renames them to
 * PATH, so that PATH never has a part of them. Folders are made for the owner alone. Exit code 3: what came has another digest.
 */
export const WRITE_SCRIPT: string = `set -eu
umask 077
folder=\${1%/*}
mkdir -p "$folder"
beside="$1.$$"
trap 'rm -f "$beside"' EXIT
trap 'exit 1' HUP INT TERM
rm -f "$beside"
set -C
cat >"$beside"
set +C
sum=$(sha256sum <"$beside")
if [ "\${sum%% *}" != "$2" ]; then exit 3; fi
chmod 0700 "$beside"
sync "$beside"
mv -f "$beside" "$1"
sync "$folder"
echo ${PRESENT}
`;

/** The exit code of the second script where what came has another digest. */
export const WRONG_DIGEST = 3;

/** The command that asks whether a file stands on a host. */
export const askCommand = (path: string, sha256: string): [string, ...string[]] => [
  'sh',
  '-c',
  ASK_SCRIPT,
  'sh',
  path,
  sha256,
];

/** The command that takes a file from its standard input. */
export const writeCommand = (path: string, sha256: string): [string, ...string[]] => [
  'sh',
  '-c',
  WRITE_SCRIPT,
  'sh',
  path,
  sha256,
];
