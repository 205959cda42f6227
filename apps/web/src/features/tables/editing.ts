import { type Edit, PageTableError, parseAddress, parseAttributes } from '@kexeckit/arm64-pgtable';

/** The ways to do an edit wrong, and what each means. */
export const wrongs = {
  '': 'as planned',
  tlbi: 'without the TLBI',
  break: 'without the break',
  dsb: 'without the DSBs',
  isb: 'without the ISB',
} as const;

/** A way to do it wrong; empty for none. */
export type Wrong = keyof typeof wrongs;

/** The edits that can be played. */
export const editKinds = ['unmap', 'protect', 'map'] as const;

/** An edit, what the CPUs can do, and how it is done wrong: plain data. */
export interface EditRequest {
  readonly edit: Edit;
  readonly bbm: 0 | 1 | 2;
  readonly asid: number | undefined;
  readonly wrong: Wrong;
}

/** The fields that say it. */
export type EditField = 'kind' | 'va' | 'size' | 'pa' | 'access' | 'bbm' | 'asid' | 'wrong';
/** They, as they stand there. */
export type EditTexts = Readonly<Record<EditField, string>>;
/** What is wrong with them, by field. */
export type EditComplaints = Readonly<Partial<Record<EditField, string>>>;

/** What they say at first: no edit. */
export const firstEdit: EditTexts = {
  kind: '',
  va: '',
  size: '',
  pa: '',
  access: 'rw',
  bbm: '0',
  asid: '',
  wrong: '',
};

const isWrong = (text: string): text is Wrong => Object.hasOwn(wrongs, text);

/** Reads an edit; undefined where a field is wrong, or where nothing is edited. */
export function readEdit(texts: EditTexts): { readonly request?: EditRequest; readonly complaints: EditComplaints } {
  const kind = editKinds.find((name) => name === texts.kind);
  if (kind === undefined) return { complaints: {} };
  const complaints: Partial<Record<EditField, string>> = {};
  const reading = <T>(field: EditField, read: (text: string) => T): T | undefined => {
    try {
      return read(texts[field].trim());
    } catch (error) {
      if (!(error instanceof PageTableError)) throw error;
      complaints[field] = error.hint;
      return undefined;
    }
  };
  const va = reading('va', parseAddress);
  const size = reading('size', parseAddress);
  const pa = kind === 'map' ? reading('pa', parseAddress) : 0n;
  const attributes = kind === 'unmap' ? undefined : reading('access', parseAttributes);
  const asid = /^\d*$/.test(texts.asid.trim()) ? Number(texts.asid) : Number.NaN;
  if (!(asid < 2 ** 16)) complaints.asid = 'a number of at most 16 bits, or nothing: all of them';
  if (va === undefined || size === undefined || pa === undefined || complaints.asid) return { complaints };
  const edit = editOf(kind, { va, size, pa, attributes });
  if (edit === undefined) return { complaints };
  const request: EditRequest = {
    edit,
    bbm: texts.bbm === '1' ? 1 : texts.bbm === '2' ? 2 : 0,
    asid: texts.asid.trim() === '' ? undefined : asid,
    wrong: isWrong(texts.wrong) ? texts.wrong : '',
  };
  return { request, complaints };
}

function editOf(
  kind: (typeof editKinds)[number],
  parts: {
    readonly va: bigint;
    readonly size: bigint;
    readonly pa: bigint;
    readonly attributes: ReturnType<typeof parseAttributes> | undefined;
  },
): Edit | undefined {
  const { va, size, pa, attributes } = parts;
  if (kind === 'unmap') return { kind, va, size };
  if (attributes === undefined) return undefined;
  return kind === 'map' ? { kind, mapping: { va, pa, size, attributes } } : { kind, va, size, attributes };
}
