import { isBoard } from './boards.ts';
import { firstSubject, type Subject } from './subject.ts';
import { defaultWishes, type WishName, type WishTexts, wishNames } from './wishes.ts';

/** The parameter of a link that names the board. */
const BOARD = 'board';

/** What of a subject fits into a link: the board, and the wishes where they are not the first ones. Files stay here. */
export function linkParams({ board, wishes }: Subject): Map<string, string | undefined> {
  const params = new Map<string, string | undefined>();
  // Whoever follows the link may have another board on the desk.
  params.set(BOARD, board);
  for (const name of wishNames) params.set(name, wishes[name] === defaultWishes[name] ? undefined : wishes[name]);
  return params;
}

/** The fragment of a link to a page with a subject. */
export function linkTo(path: string, subject: Subject): string {
  const params = [...linkParams(subject)].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return `#${path}?${new URLSearchParams(params)}`;
}

/** A subject with what a link says of it; a board that there is not is passed over. */
export function withLink(subject: Subject, param: (name: string) => string | undefined): Subject {
  const board = param(BOARD);
  const said = wishNames.flatMap((name): [WishName, string][] => {
    const text = param(name);
    return text === undefined ? [] : [[name, text]];
  });
  // A link says what is not as usual: what it passes over is as usual, where it says anything.
  if (board === undefined && said.length === 0) return subject;
  const wishes: WishTexts = { ...defaultWishes, ...Object.fromEntries(said) };
  const linked = board !== undefined && isBoard(board) ? board : firstSubject.board;
  const isSame = linked === subject.board && wishNames.every((name) => wishes[name] === subject.wishes[name]);
  return isSame ? subject : { ...subject, board: linked, wishes };
}
