/** What programs are made for, as Node names it. */
export type Architecture = 'arm64' | 'x64';

/** All of them. */
export const architectures: readonly Architecture[] = ['arm64', 'x64'];

/** What is different. */
interface Names {
  /** As Debian names it. */
  readonly debian: string;
  /** As GNU names it. */
  readonly gnu: string;
  /** The package that has its binutils on another machine. */
  readonly binutils: string;
}

/** How others name an architecture. */
export const namesOf: Readonly<Record<Architecture, Names>> = {
  arm64: { debian: 'arm64', gnu: 'aarch64-linux-gnu', binutils: 'binutils-aarch64-linux-gnu' },
  x64: { debian: 'amd64', gnu: 'x86_64-linux-gnu', binutils: 'binutils-x86-64-linux-gnu' },
};
