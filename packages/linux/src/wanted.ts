import type { Wanted } from './read-value.ts';
import {
  type Capabilities,
  countCpus,
  type IoUringAccess,
  type Lockdown,
  parseCapabilities,
  parseFlag,
  parseInitialNamespace,
  parseIoUringDisabled,
  parseLimit,
  parseLoads,
  parseLockdown,
  parseMeminfo,
  parseSeccomp,
  parseSignatureRule,
  parseSize,
  parseWord,
  type SignatureRule,
} from './values.ts';

/** What is looked for in the files of a host. */
interface HostWanted {
  readonly architecture: Wanted<string>;
  readonly capabilities: Wanted<Capabilities>;
  readonly cmaTotal: Wanted<bigint>;
  readonly cpus: Wanted<number>;
  readonly flag: Wanted<boolean>;
  readonly initialNamespace: Wanted<boolean>;
  readonly ioUringAccess: Wanted<IoUringAccess>;
  readonly limit: Wanted<number>;
  readonly lockdown: Wanted<Lockdown>;
  readonly memAvailable: Wanted<bigint>;
  readonly memlock: Wanted<bigint>;
  readonly memTotal: Wanted<bigint>;
  readonly modules: Wanted<readonly string[]>;
  readonly release: Wanted<string>;
  readonly seccomp: Wanted<boolean>;
  readonly signatureRule: Wanted<SignatureRule>;
  readonly size: Wanted<bigint>;
}

export const wanted: HostWanted = {
  architecture: { wanted: 'an architecture', parse: parseWord },
  capabilities: { wanted: 'a table with CapEff', line: /^CapEff:.*$/m, parse: parseCapabilities },
  cmaTotal: { wanted: 'a table with CmaTotal', line: /^CmaTotal:.*$/m, parse: parseMeminfo },
  cpus: { wanted: 'a list of CPUs', parse: countCpus },
  flag: { wanted: '0 or 1', parse: parseFlag },
  initialNamespace: { wanted: 'a map of user ids', parse: parseInitialNamespace },
  ioUringAccess: { wanted: '0, 1 or 2', parse: parseIoUringDisabled },
  limit: { wanted: 'a number of loads', parse: parseLoads },
  lockdown: { wanted: 'a lockdown state', parse: parseLockdown },
  memAvailable: { wanted: 'a table with MemAvailable', line: /^MemAvailable:.*$/m, parse: parseMeminfo },
  memlock: { wanted: 'a table with Max locked memory', line: /^Max locked memory.*$/m, parse: parseLimit },
  memTotal: { wanted: 'a table with MemTotal', line: /^MemTotal:.*$/m, parse: parseMeminfo },
  modules: { wanted: 'names with commas', parse: (text) => (text === '' ? undefined : text.split(',')) },
  release: { wanted: 'a release', parse: parseWord },
  seccomp: { wanted: 'a table with Seccomp', line: /^Seccomp:.*$/m, parse: parseSeccomp },
  signatureRule: { wanted: 'the configuration of a kernel', parse: parseSignatureRule },
  size: { wanted: 'a number of bytes', parse: parseSize },
};
