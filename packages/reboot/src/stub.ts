import { parseIomem, printIomem, type ResourceTree } from '@kexeckit/ioport';
export interface RoleSpan { readonly start: bigint; readonly end: bigint; readonly role: string; readonly name: string }
export const copyTree = (tree: ResourceTree): ResourceTree => parseIomem(printIomem(tree));
export const rolesOf = (_: ResourceTree): RoleSpan[] => [];
