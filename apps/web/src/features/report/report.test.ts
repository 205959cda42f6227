import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ReportFacts, reportHtml } from './report.ts';

const facts: ReportFacts = {
  made: new Date('2020-02-03T04:05:06Z'),
  machine: 'a board',
  strategy: 'mmu-on',
  wishes: [['Seed', '1']],
  files: [['kernel', 'Image', '13 MiB']],
  pictures: [{ title: 'Timeline', svg: '<svg><title>bars</title></svg>' }],
  timelines: [
    [
      'mmu-on',
      {
        label: 'mmu-on',
        cells: [
          { phase: 'shutdown', basis: 'published', seconds: 0.03, between: undefined, note: undefined },
          { phase: 'relocation', basis: 'modelled', seconds: 0.01, between: undefined, note: undefined },
          { phase: 'checksum', basis: 'modelled', seconds: undefined, between: undefined, note: 'nobody knows' },
        ],
        total: undefined,
        totalWithSkipped: undefined,
        profile: undefined,
      },
    ],
  ],
  proof: [
    { invariant: 'order', statement: 'in order', checked: 1200, unit: 'pages', violations: 0, found: [] },
    { invariant: 'sources', statement: 'apart', checked: 34, unit: 'pages', violations: 0, found: [] },
  ],
  figures: [{ name: 'pages copied', value: '9,477', detail: 'in runs' }],
  map: [{ name: 'Bank 1', start: 0x8000_0000n, end: 0xffff_ffffn, pages: 524_288, note: 'System RAM' }],
  link: 'http://localhost/#/?seed=1&board=x',
};

test('says what was found, in tables, and has the pictures as they are', () => {
  const html = reportHtml(facts);
  for (const said of [
    'Proved: 2 invariants in 1,234 checks, no violation.',
    '<svg><title>bars</title></svg>',
    '<td class="number">0.030</td>',
    '<td class="number">? (nobody knows)</td>',
    '<code>0x80000000</code>',
    '<td class="number">524,288</td>',
    'Image, 13 MiB',
    '<time datetime="2020-02-03T04:05:06.000Z">2020-02-03</time>',
    'href="http://localhost/#/?seed=1&amp;board=x"',
  ])
    expect(html).toContain(said);
});

test('a violation is in the first line and beside its invariant', () => {
  const row = {
    invariant: 'sources',
    statement: 'apart',
    checked: 34,
    unit: 'pages',
    violations: 1,
    found: ['0x1000: claimed twice'],
  };
  const html = reportHtml({ ...facts, proof: [...facts.proof.slice(0, 1), row] });
  expect(html).toContain('Refused: 2 invariants in 1,234 checks, one violation.');
  expect(html).toContain('apart · 0x1000: claimed twice');
});

test('loads nothing, runs nothing', () => {
  const html = reportHtml(facts);
  expect(html).not.toMatch(/<script|<link|<img|@import|url\(/);
  expect(html).toContain("default-src 'none'");
});

test('whatever a name holds stays text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const evil = `${text}<script>"'&--></style>`;
      const plain = reportHtml(facts);
      const html = reportHtml({
        ...{ ...facts, machine: evil, strategy: evil, link: evil },
        wishes: [[evil, evil]],
        files: [[evil, evil, evil]],
        proof: [{ invariant: evil, statement: evil, checked: 1, unit: evil, violations: 0, found: [evil] }],
        figures: [{ name: evil, value: evil, detail: evil }],
        map: [{ name: evil, start: 0n, end: 1n, pages: 1, note: evil }],
      });
      expect(html).not.toContain('<script');
      const tags = (source: string, name: string): number => source.split(`<${name}`).length;
      for (const name of ['style', '/style', 'title', 'a ']) expect(tags(html, name)).toBe(tags(plain, name));
    }),
    { seed: 1, numRuns: 50 },
  );
});

test('a link without the address of a host leads nowhere in the report itself', () => {
  const html = reportHtml({ ...facts, link: '#/?seed=7' });
  expect(html).toContain('<code>#/?seed=7</code>');
  expect(html).not.toContain('href="#/');
});
