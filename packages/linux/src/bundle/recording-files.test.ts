import { expect, test } from 'vitest';
import type { HostFiles } from '../files/host-files.ts';
import { known, type Reading, unknown } from '../reading.ts';
import { BundleFiles } from './bundle-files.ts';
import { RecordingFiles } from './recording-files.ts';

const bytes = new TextEncoder().encode('one\ntwo\n');

/** Files of a host that fails every other time, from the first one on or from the second. */
function flickering(isFirst: boolean): HostFiles {
  const counts = new Map<string, number>();
  const answer = <T>(asked: string, path: string, value: T): Reading<T> => {
    const count = counts.get(asked) ?? 0;
    counts.set(asked, count + 1);
    return (count % 2 === 0) === isFirst ? unknown(path, 'EMFILE', 'too many open files') : known(value);
  };
  return {
    machine: undefined,
    read: async (path) => answer('read', path, bytes),
    find: async (path) => answer('find', path, ['two']),
    list: async (path) => answer('list', path, []),
    exists: async (path) => answer('exists', path, true),
    opens: async (path) => answer('open', path, true),
  };
}

test.each([true, false])('what was answered once is known, whatever failed before or later (%s)', async (isFirst) => {
  const files = new RecordingFiles(flickering(isFirst));
  for (let time = 0; time < 3; time++) {
    await files.read('/read');
    await files.find('/find', /two/, 1);
    await files.list('/list');
    await files.exists('/exists');
    await files.opens('/open');
  }
  expect([...files.unread]).toEqual([]);
  expect([files.files.size, files.folders.size, files.there.size, files.opened.size]).toEqual([2, 1, 1, 1]);
});

test('an excerpt is not the file: what is read whole takes its place', async () => {
  const files = new RecordingFiles(flickering(false));
  await files.find('/file', /two/, 1);
  expect(files.files.get('/file')?.isExcerpt).toBe(true);
  await files.read('/file');
  expect(files.files.get('/file')).toEqual({ bytes, isExcerpt: false });
});

test('an excerpt is not shown as the file', async () => {
  const manifest = {
    kind: 'kexeckit host bundle',
    version: 1,
    uname: null,
    privileges: { uid: null, capabilities: null },
    files: [{ path: '/file', name: 'file', size: 8, isExcerpt: true }],
    ...{ folders: [], there: [], opened: [], unread: [] },
  } as const;
  const files = new BundleFiles(manifest, new Map([['/file', bytes]]));
  expect(await files.find('/file', /two/, 1)).toMatchObject({ ok: true, value: ['two'] });
  expect(await files.read('/file')).toMatchObject({ ok: false, unread: { code: 'ENODATA' } });
});
