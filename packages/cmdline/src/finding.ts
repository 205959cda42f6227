/** A replacement in a line; an empty range inserts. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** Kinds of findings. */
export type FindingCode =
  | 'after-dashdash'
  | 'base-beyond'
  | 'base-junk'
  | 'base-misaligned'
  | 'base-missing'
  | 'base-zero'
  | 'beyond-limit'
  | 'blank-before-value'
  | 'blank-inside'
  | 'bound-tiny'
  | 'clause-unread'
  | 'clause-unreachable'
  | 'cma-alone'
  | 'ignored'
  | 'junk'
  | 'junk-ignored'
  | 'list-cut'
  | 'low-alone'
  | 'misspelt'
  | 'no-match'
  | 'no-value'
  | 'octal'
  | 'odd-blank'
  | 'overflow'
  | 'plain-wins'
  | 'quoted'
  | 'range-reversed'
  | 'ranges-with-suffix'
  | 'replaced'
  | 'rounded-ram'
  | 'size-missing'
  | 'substring'
  | 'suffix-unknown'
  | 'syntax'
  | 'tiny'
  | 'too-large'
  | 'zero';

/** A mistake or trap. */
export interface Finding {
  code: FindingCode;
  /**
   * `error`: because of it nothing is reserved. `trap`: Linux accepts it and does something else than it seems to say.
   * `note`: harmless, good to know.
   */
  severity: 'error' | 'trap' | 'note';
  /** Index of the first character concerned. */
  start: number;
  /** Index after the last one. */
  end: number;
  /** The characters concerned. */
  text: string;
  /** What is wrong. */
  message: string;
  /** What Linux does about it. */
  linux: string;
  /** What to change; empty where only the author can know. */
  fix: Edit[];
  /** The whole line with this fix made. */
  fixed: string;
}

/** A finding before the line is applied to it; what is costly to mend is thought about when somebody asks. */
export type FindingDraft = Omit<Finding, 'text' | 'fixed' | 'fix'> & { fix: Edit[] | (() => Edit[]) };

/** What to change. */
export function fixOf(draft: FindingDraft): Edit[] {
  if (typeof draft.fix === 'function') draft.fix = draft.fix();
  return draft.fix;
}

/** The edit that makes one text of another, without what stays at both ends; none for the same text. */
export function difference(text: string, wanted: string, offset = 0): Edit[] {
  if (text === wanted) return [];
  const shorter = Math.min(text.length, wanted.length);
  let front = 0;
  while (front < shorter && text.charCodeAt(front) === wanted.charCodeAt(front)) front++;
  let back = 0;
  while (back < shorter - front && text.at(-1 - back) === wanted.at(-1 - back)) back++;
  const replacement = wanted.slice(front, wanted.length - back);
  return [{ start: offset + front, end: offset + text.length - back, text: replacement }];
}

/** Makes edits in a line. Of two that overlap, or are the same, the first one counts. */
export function applyEdits(line: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return line;
  let out = '';
  let at = 0;
  let last: Edit | undefined;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const { start, end, text } = edit;
    if (start < at || (last?.start === start && last.end === end && last.text === text)) continue;
    last = edit;
    out += line.slice(at, start) + text;
    at = end;
    // A token that is cut takes one blank with it.
    if (text === '' && isGap(line, start, end)) {
      if (end < line.length) at++;
      else out = out.slice(0, -1);
    }
  }
  return out + line.slice(at);
}

/** True if cutting `[start, end)` would leave two blanks, or one at the end or front. */
function isGap(line: string, start: number, end: number): boolean {
  const before = start === 0 || line.charAt(start - 1) === ' ';
  const after = end === line.length || line.charAt(end) === ' ';
  return end > start && before && after && end - start < line.length;
}

/** Text for a message, quoted, its middle left out if it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 40)}…${text.slice(-16)}` : text);
}

/** Completes a finding; its fix is asked for when somebody looks at it. */
export function finish(line: string, draft: FindingDraft, fixOf: () => Edit[]): Finding {
  const { code, severity, start, end, message, linux } = draft;
  return {
    code,
    severity,
    start,
    end,
    text: line.slice(start, end),
    message,
    linux,
    get fix() {
      return fixOf();
    },
    get fixed() {
      return applyEdits(line, fixOf());
    },
  };
}
