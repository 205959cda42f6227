/** A case of a test; `often` with every run of the tests. */
export interface Case {
  readonly often?: true;
}

/**
 * The cases that this run of the tests takes: those which together have each way, kernel, firmware and level once, or all of
 * them where `KEXECKIT_TESTS=all` says so, which takes two hours more. So it is with the files `*.rare.test.ts`.
 */
export const chosen = <Of extends Case>(cases: readonly Of[]): Of[] =>
  cases.filter(({ often = false }) => often || everyTest());

/** Whether all tests are asked for. */
export const everyTest = (): boolean => process.env.KEXECKIT_TESTS === 'all';
