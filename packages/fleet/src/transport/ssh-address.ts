import type { HostEntry } from '@kexeckit/rollout';
import { FleetError } from '../error.ts';
import { oneLine } from '../printable.ts';

/** Names, addresses of both families, users, ports of `ssh://`: nothing that a shell of a ProxyCommand would read otherwise. */
const ADDRESS = /^[A-Za-z0-9_.@:/[\]%+-]{1,512}$/;
/** A user or a host that would be taken for an option, by ssh or by what it starts. */
const OPTION = /(?:^|[@/])-/;

/** What ssh connects to. @throws FleetError `EINVAL` for what is no address */
export function addressOf({ name, address = name }: HostEntry): string {
  if (ADDRESS.test(address) && !OPTION.test(address)) return address;
  throw new FleetError(
    'EINVAL',
    `${oneLine(name)}: no host has such an address`,
    'give an alias of your ssh configuration, a name, or an IP address',
    { host: name, value: oneLine(address) },
  );
}
