/** What of capstone-wasm is used here: its package.json does not lead TypeScript to its own declarations. */
declare module 'capstone-wasm' {
  export const Const: { readonly CS_ARCH_ARM64: number; readonly CS_MODE_LITTLE_ENDIAN: number };
  export function loadCapstone(): Promise<void>;
  export class Capstone {
    constructor(arch: number, mode: number);
    /** @throws Error where the first bytes are no instruction. */
    disasm(data: Uint8Array, options?: { address?: number }): { readonly mnemonic: string; readonly opStr: string }[];
    close(): void;
  }
}
