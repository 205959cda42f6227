/**
 * koffi's native part for each architecture, as Node names it: compressed by brotli, in base64. There is none here: a bundle has a
 * module of that name in the place of this one (natives.ts).
 */
export const natives: Readonly<Record<string, string>> = {};
