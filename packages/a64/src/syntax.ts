/** A piece of a row's syntax: text, an operand, or a part that is left out where its operands have their defaults. */
export type SyntaxPart =
  | string
  | { readonly operand: number; readonly plus: number }
  | { readonly optional: readonly SyntaxPart[]; readonly operands: readonly number[] };

const TOKEN = /%(\d)(?:\+(\d))?|[()]|[^%()]+/g;

/** Reads a `syntax` of the table: `%0` an operand, `%0+1` the register after it, `(…)` what may be left out. */
export function parseSyntax(syntax: string): SyntaxPart[] {
  const open: SyntaxPart[][] = [[]];
  for (const { 0: token, 1: operand, 2: plus } of syntax.matchAll(TOKEN)) {
    if (token === '(') {
      open.push([]);
    } else if (token === ')') {
      const optional = open.pop() ?? [];
      open.at(-1)?.push({ optional, operands: operandsIn(optional) });
    } else {
      open.at(-1)?.push(operand === undefined ? token : { operand: Number(operand), plus: Number(plus ?? 0) });
    }
  }
  return open.flat();
}

function operandsIn(parts: readonly SyntaxPart[]): number[] {
  return parts.flatMap((part) => {
    if (typeof part === 'string') return [];
    return 'operand' in part ? [part.operand] : part.operands;
  });
}

/** Writes a syntax; `print` writes one operand, `isDefault` says whether it may be left out. */
export function writeSyntax(
  parts: readonly SyntaxPart[],
  print: (operand: number, plus: number) => string,
  isDefault: (operand: number) => boolean,
): string {
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') text += part;
    else if ('operand' in part) text += print(part.operand, part.plus);
    else if (!part.operands.every(isDefault)) text += writeSyntax(part.optional, print, isDefault);
  }
  return text;
}
