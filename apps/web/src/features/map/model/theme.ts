/** The colours of a picture, by what they are for: any that CSS knows. */
export interface Theme {
  readonly surface: string;
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly ram: string;
  readonly hatch: string;
  readonly accent: string;
  readonly bad: string;
  readonly kernel: string;
  readonly kernelInk: string;
  readonly initrd: string;
  readonly initrdInk: string;
  readonly dtb: string;
  readonly source: string;
  readonly mark: string;
  readonly region: string;
  readonly crash: string;
  readonly routine: string;
}

/** The name of a colour. */
export type Colour = keyof Theme;

/** For paper, and for pages with a light ground. */
export const lightTheme: Theme = {
  surface: '#ffffff',
  ink: '#1c2127',
  quiet: '#59636f',
  line: '#dcdfe3',
  ram: '#e6e9ed',
  hatch: '#8d97a3',
  accent: '#1f5fa6',
  bad: '#a8261b',
  kernel: '#2563a8',
  kernelInk: '#ffffff',
  initrd: '#e3a22b',
  initrdInk: '#241a04',
  dtb: '#a8327c',
  source: '#2f8f86',
  mark: '#3b444e',
  region: '#7a4fb5',
  crash: '#a2540e',
  routine: '#c84a0a',
};

/** What a colour is called in the page's style. */
export const variableOf = (colour: Colour): string =>
  `--${colour.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Where colours are forced, shapes and rows tell marks apart: these are the system's own. */
export const forcedTheme: Theme = {
  ...{
    surface: 'Canvas',
    ink: 'CanvasText',
    quiet: 'CanvasText',
    line: 'CanvasText',
    ram: 'GrayText',
    hatch: 'CanvasText',
  },
  ...{ accent: 'Highlight', bad: 'LinkText', kernel: 'CanvasText', kernelInk: 'Canvas', initrd: 'CanvasText' },
  ...{ initrdInk: 'Canvas', dtb: 'CanvasText', source: 'CanvasText', mark: 'CanvasText', region: 'CanvasText' },
  ...{ crash: 'CanvasText', routine: 'CanvasText' },
};
