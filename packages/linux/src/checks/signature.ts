import { kexecCalls } from '../facts.ts';
import { type Finding, notKnown, ok, seen, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';

/** What kexec_file_load asks of a kernel. */
export function checkSignature(host: Host): Finding {
  const id = 'signature';
  const { kexecFileLoad } = kexecCalls(host);
  if (kexecFileLoad === false)
    return ok(
      id,
      'no signature is asked for',
      'kexec_load does not check any, and kexec_file_load is not built in',
      seen(host, 'kexecCalls'),
    );
  if (kexecFileLoad === undefined)
    return notKnown(
      id,
      host,
      'kexecCalls',
      'whether kexec_file_load asks for signatures',
      "look for CONFIG_KEXEC_FILE in the kernel's configuration",
    );
  const sign = 'sign the kernel with a key that the running kernel trusts';
  if (host.lockdown === 'integrity' || host.lockdown === 'confidentiality')
    return warning(
      id,
      `lockdown (${host.lockdown}) makes kexec_file_load ask for a signature`,
      'an unsigned kernel gives EKEYREJECTED or EPERM',
      sign,
      seen(host, 'lockdown'),
    );
  if (host.signatureRule === undefined)
    return notKnown(
      id,
      host,
      'signatureRule',
      'whether kexec_file_load asks for a signature',
      "look for CONFIG_KEXEC_SIG_FORCE in the kernel's configuration",
    );
  const evidence = seen(host, 'signatureRule');
  if (host.signatureRule === 'forced')
    return warning(
      id,
      'kexec_file_load takes only signed kernels',
      'CONFIG_KEXEC_SIG_FORCE is set: an unsigned one is refused',
      `${sign}, or use kexec_load`,
      evidence,
    );
  if (host.secureBoot === true && host.signatureRule === 'checked')
    return warning(
      id,
      'UEFI started this kernel with Secure Boot',
      'where IMA knows that, kexec_load gives EACCES, and kexec_file_load asks for a signature',
      `${sign}, or switch Secure Boot off in the firmware`,
      [...seen(host, 'secureBoot'), ...evidence],
    );
  return ok(id, 'kexec_file_load takes unsigned kernels', 'CONFIG_KEXEC_SIG_FORCE is not set', evidence);
}
