import type { Page } from './page.ts';
import { inLine } from './printable.ts';
import { paragraph } from './table.ts';

/** One sentence of the command beside its result, for standard error. */
export const remark = (text: string, page: Page): string =>
  `${paragraph(page.asCalled(inLine(text)), page, 'kexeckit: ')}\n`;
