import { AGENT_NAME, ASK_SCRIPT, claimCommand, FLEET_FOLDER, WRITE_SCRIPT } from '../agent/install.ts';

/** What a host is asked, by the argv of the agent and of the policy's hooks. */
export type Command =
  | { readonly kind: 'identify' | 'architecture' | 'describe' | 'status' | 'unload' | 'evidence' }
  | { readonly kind: 'drain' | 'health' | 'restore' | 'console' }
  | { readonly kind: 'claim'; readonly rollout: string }
  | { readonly kind: 'ask' | 'write'; readonly path: string; readonly sha256: string }
  /** Paths of all files that are named; the plan is the first. */
  | { readonly kind: 'load'; readonly files: readonly string[] }
  | { readonly kind: 'exec'; readonly rollout: string | undefined; readonly bootId: string | undefined }
  /** What the agent never asks. */
  | { readonly kind: 'unknown' };

/** A kind of command that a host is asked. */
export type CommandKind = Command['kind'];

/** Every kind of command. */
export const commandKinds: readonly CommandKind[] = [
  'identify',
  'architecture',
  'claim',
  'ask',
  'write',
  'describe',
  'load',
  'status',
  'unload',
  'drain',
  'exec',
  'health',
  'restore',
  'evidence',
  'console',
  'unknown',
];

/** A command, and the program that it runs where that is the agent's own. */
export interface Asked {
  readonly command: Command;
  readonly agent?: string | undefined;
}

const IDENTITY = '/proc/sys/kernel/random/boot_id /proc/sys/kernel/osrelease /etc/machine-id';
const AGENT = new RegExp(`^${FLEET_FOLDER}/[0-9a-f]{64}/${AGENT_NAME}$`);
const [, CLAIM_FOLDER = ''] = claimCommand('');
const UNKNOWN: Asked = { command: { kind: 'unknown' } };
const HOOKS = ['drain', 'health', 'restore', 'console'] as const;

/** Understands an argv. */
export function commandOf(argv: readonly string[]): Asked {
  const [program = '', first = '', ...rest] = argv;
  if (program === 'cat') return catOf([first, ...rest].join(' '));
  if (program === 'uname') return first === '-m' && rest.length === 0 ? { command: { kind: 'architecture' } } : UNKNOWN;
  if (program === 'sh') return scriptOf(argv);
  if (program === 'sim') {
    const hook = HOOKS.find((known) => known === first);
    return hook === undefined ? UNKNOWN : { command: { kind: hook } };
  }
  return AGENT.test(program) ? { command: agentCommandOf(first, rest), agent: program } : UNKNOWN;
}

function catOf(files: string): Asked {
  if (files === IDENTITY) return { command: { kind: 'identify' } };
  return files.startsWith(CLAIM_FOLDER)
    ? { command: { kind: 'claim', rollout: files.slice(CLAIM_FOLDER.length) } }
    : UNKNOWN;
}

function scriptOf([, option, script, name, path, sha256]: readonly string[]): Asked {
  if (option !== '-c' || name !== 'sh' || path === undefined || sha256 === undefined) return UNKNOWN;
  if (script === ASK_SCRIPT) return { command: { kind: 'ask', path, sha256 } };
  return script === WRITE_SCRIPT ? { command: { kind: 'write', path, sha256 } } : UNKNOWN;
}

function agentCommandOf(name: string, args: readonly string[]): Command {
  const said = args.join(' ');
  switch (name) {
    case 'doctor':
      return said === '--collect -' ? { kind: 'describe' } : { kind: 'unknown' };
    case 'status':
    case 'unload':
      return said === '--json' ? { kind: name } : { kind: 'unknown' };
    case 'timeline':
      return said === '--last --json' ? { kind: 'evidence' } : { kind: 'unknown' };
    case 'load': {
      const plan = given(args, '--plan');
      const kernel = given(args, '--kernel');
      if (plan === undefined || kernel === undefined) return { kind: 'unknown' };
      const more = [given(args, '--initrd'), given(args, '--dtb')].filter((file) => file !== undefined);
      return { kind: 'load', files: [plan, kernel, ...more] };
    }
    case 'exec':
      return { kind: 'exec', rollout: given(args, '--once'), bootId: given(args, '--boot-id') };
    default:
      return { kind: 'unknown' };
  }
}

function given(args: readonly string[], option: string): string | undefined {
  const at = args.indexOf(option);
  return at < 0 ? undefined : args[at + 1];
}
