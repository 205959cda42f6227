import { initrdNote } from '@kexeckit/reboot';
import { LinuxError } from '../error.ts';

/**
 * Refuses an initramfs that Linux would not unpack: the kernel would start, and find nothing to run.
 *
 * @param whose what is loaded with it, for people.
 * @throws LinuxError `EINVAL`.
 */
export async function checkInitrd(
  initrd: Uint8Array,
  whose: string,
  { anyInitrd }: { readonly anyInitrd?: boolean },
): Promise<void> {
  const note = anyInitrd ? undefined : await initrdNote(initrd);
  if (note === undefined) return;
  const hint = `${note.hint}; --force takes it as it is`;
  throw new LinuxError('EINVAL', `the initramfs of ${whose}: ${note.message}`, hint, { cause: note });
}
