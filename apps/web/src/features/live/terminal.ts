import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { documentOfStyles, withStyles } from './own-styles.ts';

/** A console in a page. */
export interface LiveTerminal {
  readonly write: (text: string) => void;
  /** Whether what is typed goes anywhere. */
  readonly setTyped: (isTyped: boolean) => void;
  readonly setScreenReader: (isOn: boolean) => void;
  readonly clear: () => void;
  readonly focus: () => void;
  readonly end: () => void;
}

/** Lines that can be scrolled back to. */
const SCROLLBACK = 5000;

/** Opens a console in an element, as large as that is; its colours are those of the page. @param type gets what is typed. */
export function openTerminal(element: HTMLElement, type: (text: string) => void): LiveTerminal {
  const terminal = new Terminal({
    documentOverride: documentOfStyles(document),
    fontFamily: styleOf('--mono'),
    fontSize: 13,
    scrollback: SCROLLBACK,
    disableStdin: true,
    minimumContrastRatio: 4.5,
    theme: theme(),
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  withStyles(document, () => terminal.open(element));
  terminal.onData(type);
  // Tab leads on where nothing is typed; Escape and then Tab do where something is.
  let leaves = false;
  terminal.attachCustomKeyEventHandler(({ type: kind, key }) => {
    if (kind !== 'keydown') return true;
    const goesOn = key === 'Tab' && (leaves || terminal.options.disableStdin === true);
    leaves = key === 'Escape';
    return !goesOn;
  });
  const resized = new ResizeObserver(() => fit.fit());
  resized.observe(element);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const recolour = (): void => {
    terminal.options.theme = theme();
  };
  dark.addEventListener('change', recolour);
  return {
    write: (text) => terminal.write(text),
    setTyped: (isTyped) => {
      terminal.options.disableStdin = !isTyped;
      terminal.options.cursorBlink = isTyped;
    },
    setScreenReader: (isOn) => {
      terminal.options.screenReaderMode = isOn;
    },
    clear: () => terminal.reset(),
    focus: () => terminal.focus(),
    end: () => {
      resized.disconnect();
      dark.removeEventListener('change', recolour);
      terminal.dispose();
    },
  };
}

const styleOf = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const theme = (): { background: string; foreground: string; cursor: string; selectionBackground: string } => ({
  background: styleOf('--surface'),
  foreground: styleOf('--ink'),
  cursor: styleOf('--accent'),
  selectionBackground: styleOf('--ram'),
});
