import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Flags of the C compiler for a program that uses libfdt: of this host, or of Debian's package. Undefined: not to be had. */
export function libfdtFlags(): string[] | undefined {
  if (existsSync('/usr/include/libfdt.h')) return ['-lfdt'];
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-libfdt-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  try {
    const options = { cwd: folder, stdio: 'ignore' } as const;
    execFileSync('apt-get', ['-oAPT::Sandbox::User=root', 'download', 'libfdt-dev'], options);
    const [file = ''] = readdirSync(folder);
    execFileSync('dpkg-deb', ['-x', file, 'root'], options);
  } catch {
    return undefined;
  }
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const archive = files.find((name) => name.endsWith('libfdt.a'));
  return archive === undefined ? undefined : [`-I${folder}/root/usr/include`, join(folder, archive)];
}
