/** Exists only while the command is bundled: see ../natives.ts. */
declare module 'packed:koffi' {
  /** koffi's native part for each architecture, as Node names it: compressed by brotli, in base64. */
  export const natives: Readonly<Record<string, string>>;
}
