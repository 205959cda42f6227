import { defineProject } from 'vitest/config';

export default defineProject({ test: { name: 'arm64-machine', include: ['src/**/*.test.ts'], testTimeout: 60_000 } });
