const ESC = String.fromCharCode(0x1b);
const BEL = String.fromCharCode(0x07);

/** Escape sequences of terminals: CSI, OSC, and those of two characters. A sequence that never ends goes to the end. */
const SEQUENCES = new RegExp(
  `${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)?|[ -/]*[0-~])?`,
  'gu',
);

/** Controls but tab. */
const CONTROLS = /[^\t\P{Cc}]/gu;

const HAS_CONTROL = /[^\t\P{Cc}]/u;

/** A line without what a terminal would have acted on. */
export function clean(line: string): string {
  return HAS_CONTROL.test(line) ? line.replaceAll(SEQUENCES, '').replaceAll(CONTROLS, '') : line;
}
