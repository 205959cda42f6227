import { BootImageError, recogniseInitramfs } from '@kexeckit/boot-image';

/** Why Linux would not unpack an initramfs; undefined for one that it would, as far as can be seen. */
export async function initrdNote(initrd: Uint8Array): Promise<BootImageError | undefined> {
  try {
    await recogniseInitramfs(initrd);
    return undefined;
  } catch (error) {
    if (error instanceof BootImageError) return error;
    throw error;
  }
}
