import type { Attributes } from './attributes.ts';
import { needObject } from './needed.ts';

/** What a mapping is and allows, in a few words: `Normal rw-`, and behind commas what is not as usual. */
export function attributesText(attributes: Attributes): string {
  needObject('description of attributes', attributes);
  const { type } = attributes;
  const { writable, executable, readable = true, user, userExecutable, shareability, accessed = true } = attributes;
  const may = `${readable ? 'r' : '-'}${writable ? 'w' : '-'}${executable ? 'x' : '-'}`;
  return [
    `${type} ${may}`,
    ...(user ? [`EL0 r${writable ? 'w' : '-'}${userExecutable ? 'x' : '-'}`] : userExecutable ? ['EL0 --x'] : []),
    ...(shareability === undefined ? [] : [shareability === 'none' ? 'not shared' : `${shareability} shareable`]),
    ...(accessed ? [] : ['not accessed']),
    ...(attributes.notGlobal ? ['of one ASID'] : []),
    ...(attributes.dirtyManaged ? ['dirty state by hardware'] : []),
    ...(attributes.guarded ? ['guarded'] : []),
    ...(attributes.software === undefined ? [] : [`software ${attributes.software}`]),
  ].join(', ');
}
