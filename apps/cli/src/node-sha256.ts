import { provideSha256 } from '@kexeckit/relocation/host-sha256';

/** Has Node digest what is large: it needs no copy of it, and no other thread that waits for its turn. */
export function useNodeSha256(): void {
  provideSha256((pieces) => {
    const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
    for (const piece of pieces) hash.update(piece);
    return new Uint8Array(hash.digest());
  });
}
