import type { TroubleCode } from '@kexeckit/rollout';
import { FleetError } from '../error.ts';
import { lastLines, oneLine } from '../printable.ts';

/** What ssh itself ends with where it could not do its work. */
export const SSH_FAILED = 255;

interface Sign {
  /** Looked for in what ssh itself says, never in what the host writes. Each begins a line: a host can end one with what it likes. */
  readonly patterns: readonly RegExp[];
  readonly code: TroubleCode;
  readonly what: string;
  readonly hint: string;
}

const LOOK = 'see that it is up, and that its address is right';

const connecting = (reason: string): RegExp => new RegExp(`^ssh: connect to host .* port \\d+: (?:${reason})`, 'm');

/** By what ssh of OpenSSH 7 to 10 says, in English: the first that fits. */
const signs: readonly Sign[] = [
  {
    patterns: [
      /^@ +WARNING: (?:REMOTE HOST IDENTIFICATION HAS CHANGED|POSSIBLE DNS SPOOFING|REVOKED HOST KEY)/m,
      /^Host key for .+ (?:has changed|was revoked)/m,
    ],
    code: 'EKEYREJECTED',
    what: 'its host key has changed',
    hint: 'find out why, before you trust it: somebody may be in between; then correct known_hosts',
  },
  {
    patterns: [/^No .* ?host key is known for/m, /^Host key verification failed\./m],
    code: 'EKEYREJECTED',
    what: 'its host key is not known',
    hint: 'add it to known_hosts when you have compared it',
  },
  {
    patterns: [
      /^\S+: Permission denied \(/m,
      /^Received disconnect from \S+ port \d+:2: Too many authentication failures/m,
      /^Disconnected from .*authentication failures/m,
    ],
    code: 'EACCES',
    what: 'it does not let this user in',
    hint: 'see that its authorized_keys have a key that your agent, or your configuration, offers',
  },
  { patterns: [connecting('Connection refused')], code: 'ECONNREFUSED', what: 'nobody listens there', hint: LOOK },
  {
    patterns: [
      connecting('No route to host|Network is (?:unreachable|down)|Host is down'),
      /^ssh: Could not resolve hostname /m,
    ],
    code: 'EHOSTUNREACH',
    what: 'there is no way to it',
    hint: LOOK,
  },
  {
    patterns: [
      connecting('Connection timed out'),
      /^Connection timed out during banner exchange/m,
      /^Timeout, server .* not responding/m,
    ],
    code: 'ETIMEDOUT',
    what: 'it does not answer',
    hint: LOOK,
  },
  {
    patterns: [
      /^\S+: (?:line \d+: Bad configuration option|terminating, \d+ bad configuration options)/m,
      /^(?:command-line.*: |hostname contains invalid characters|Bad owner or permissions on )/m,
    ],
    code: 'EINVAL',
    what: 'ssh does not take its configuration',
    hint: 'try it by hand: ssh -G',
  },
];

/** Lines of ssh's own that are no failures. */
const REMARK = /^(?:Warning: |debug\d: |Authenticated to |Transferred: |Bytes per second: )/;

/** What went wrong with a connection, as ssh tells it; undefined where it has nothing to tell: then it was the program that ended. */
export function sshFailure(host: string, log: string): FleetError | undefined {
  const told = log
    .split('\n')
    .filter((line) => !REMARK.test(line))
    .join('\n');
  const sign = signs.find(({ patterns }) => patterns.some((pattern) => pattern.test(told)));
  const [last] = lastLines(told, 1);
  if (sign === undefined && last === undefined) return undefined;
  const { code, what, hint } = sign ?? { code: 'EIO', what: 'the connection broke', hint: 'look at the host again' };
  return new FleetError(code, `${host}: ${what}${last === undefined ? '' : `: ${oneLine(last)}`}`, hint, { host });
}
