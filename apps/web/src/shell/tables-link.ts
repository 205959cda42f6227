import { type Accessor, createMemo } from 'solid-js';
import { type EditField, type EditTexts, firstEdit } from '../features/tables/editing.ts';
import { firstSource, NONE, OWN, type SourceField, type SourceTexts } from '../features/tables/source.ts';
import { pickKeys } from '../shared/keys.ts';
import type { Lab } from './lab.ts';
import { editParam, params, sourceParam, type Which } from './params.ts';

/** Names of what else of the view an address keeps. */
const VIEW = params.tables;
/** One of them. */
export type ViewField = keyof typeof VIEW;

const sourceFields: readonly SourceField[] = pickKeys(firstSource);
const editFields: readonly EditField[] = pickKeys(firstEdit);

const viewFields: readonly ViewField[] = pickKeys(VIEW);

/** What the address says of the page, and how that is changed. */
export interface TablesLink {
  readonly source: (which: Which) => SourceTexts;
  readonly setSource: (which: Which, field: SourceField, text: string) => void;
  readonly edit: Accessor<EditTexts>;
  readonly setEdit: (texts: Partial<EditTexts>) => void;
  readonly view: (field: ViewField) => string | undefined;
  readonly setView: (texts: Partial<Record<ViewField, string | undefined>>) => void;
}

/** Keeps the page's texts in the address: what is as at first is left out. */
export function createTablesLink({ param, setParams }: Lab['address'], first: Accessor<string>): TablesLink {
  const firstOf = (which: Which, field: SourceField): string => {
    if (field === 'of') return which === 'of' ? first() : NONE;
    return firstSource[field];
  };
  const readSource = (which: Which): SourceTexts => {
    const texts: Record<SourceField, string> = { ...firstSource };
    for (const field of sourceFields) texts[field] = param(sourceParam(which, field)) ?? firstOf(which, field);
    return texts;
  };
  const sources = { of: createMemo(() => readSource('of')), with: createMemo(() => readSource('with')) };
  const edit = createMemo((): EditTexts => {
    const texts: Record<EditField, string> = { ...firstEdit };
    for (const field of editFields) texts[field] = param(editParam(field)) ?? firstEdit[field];
    return texts;
  });
  return {
    source: (which) => sources[which](),
    setSource: (which, field, text) => {
      const isFirst = text === firstOf(which, field) && !(field === 'of' && text === OWN);
      setParams(new Map([[sourceParam(which, field), isFirst ? undefined : text]]));
    },
    edit,
    // Another edit is played from its start.
    setEdit: (texts) => {
      const params = new Map<string, string | undefined>([[VIEW.done, undefined]]);
      for (const field of editFields)
        if (field in texts) params.set(editParam(field), texts[field] === firstEdit[field] ? undefined : texts[field]);
      setParams(params);
    },
    view: (field) => param(VIEW[field]),
    setView: (texts) =>
      setParams(new Map(viewFields.flatMap((field) => (field in texts ? [[VIEW[field], texts[field]]] : [])))),
  };
}
