import type { ErrorJson, RebootErrorJson } from '../json/error.ts';
import { type ErrorFacts, type ErrorScene, errorFacts } from './error-facts.ts';
import { plainJson } from './json.ts';
import type { AsCalled, Page } from './page.ts';
import { inLine } from './printable.ts';
import { paragraph } from './table.ts';

/** How an error is shown. */
export interface ErrorView {
  readonly page: Page;
  /** Whether an error that nobody foresaw shows where it came from. */
  readonly showsStacks?: boolean | undefined;
}

/** An error for people: in which phase, what, and what to do. */
export async function renderError(error: unknown, scene: ErrorScene, view: ErrorView): Promise<string> {
  const { page } = view;
  const facts = errorFacts(error, scene);
  const { kind, code, isQuiet } = facts;
  if (isQuiet) return '';
  const message = inLine(facts.message);
  const hint = facts.hint && inLine(facts.hint);
  const told = page.asCalled(hint === undefined ? message : `${message}; ${hint}`);
  switch (kind) {
    case 'usage':
      return said(told, page);
    case 'interrupted':
      return said(hint === undefined ? message : page.asCalled(`${message}${where(facts)}; ${hint}`), page);
    case 'failed': {
      // What Node says begins with the code.
      const what = hint === undefined ? message : `${code}: ${told}`;
      const lines = [page.color.red(paragraph(`kexeckit: failed${where(facts)}`, page)), paragraph(what, page, '  ')];
      return `\n${[...lines, ...(await detailLines(error, page))].join('\n')}\n`;
    }
    case 'bug':
      return bug(error, message, view);
  }
}

/** An error for programs, in the place of a result. */
export async function errorJson(error: unknown, scene: ErrorScene, asCalled: AsCalled): Promise<string> {
  const { kind, code, message, hint, phase } = errorFacts(error, scene);
  const details = await detailsOf(error);
  const told: ErrorJson = {
    error: {
      kind,
      code,
      message: asCalled(message),
      hint: hint === undefined ? null : asCalled(hint),
      phase: phase?.name ?? null,
      ...details,
    },
  };
  return plainJson(told);
}

/** One sentence behind the name of the command. */
const said = (text: string, page: Page): string => `${paragraph(text, page, `${page.color.red('kexeckit:')} `)}\n`;

/** An error that nobody foresaw. */
function bug(error: unknown, message: string, { showsStacks, page }: ErrorView): string {
  const stack = error instanceof Error && error.stack !== undefined ? `${error.stack}\n` : '';
  const more = showsStacks ? stack : '  run it again with KEXECKIT_DEBUG=1 to see where\n';
  const heading = page.color.red('kexeckit: this is a bug in kexeckit, please report it');
  return `\n${heading}\n${paragraph(message, page, '  ')}\n${more}`;
}

function where({ phase, doing }: ErrorFacts): string {
  if (doing !== undefined) return ` while ${doing}`;
  return phase === undefined ? '' : ` while ${phase.doing} (phase ${phase.name})`;
}

/** What only errors of a reboot carry. The engine is loaded already where there is one. */
async function detailLines(error: unknown, page: Page): Promise<readonly string[]> {
  if (!isOfReboot(error)) return [];
  const { rebootErrorLines } = await import('./reboot-error.ts');
  return rebootErrorLines(error, page);
}

async function detailsOf(error: unknown): Promise<RebootErrorJson> {
  if (!isOfReboot(error)) return {};
  const { rebootErrorDetails } = await import('./reboot-error.ts');
  return rebootErrorDetails(error);
}

const isOfReboot = (error: unknown): error is Error => error instanceof Error && error.name === 'RebootError';
