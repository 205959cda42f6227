/** Test files that repeat what others show, with other kernels or in other ways: they run where all tests are asked for. */
export const rareTests: readonly string[] = process.env.KEXECKIT_TESTS === 'all' ? [] : ['**/*.rare.test.ts'];
