import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { HostState, RolloutStatus } from '../status/status.ts';
import { rolloutOf } from '../testing/rollout.ts';
import { statusOf } from '../testing/status.ts';
import { reportHtml } from './html.ts';
import { REPORT_STYLE } from './style.ts';

const document = rolloutOf(200);
const status = statusOf(document, (at) => (at === 7 ? 'lost' : at === 8 ? 'failed' : at === 9 ? 'refused' : 'done'));
const html = reportHtml(status, document);

/** Tags and their attributes' names, without text and values. */
const skeleton = (text: string): string =>
  (text.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""')).join('');

describe('the report', () => {
  test('is one file whose policy allows its own style, by its digest, and nothing else', () => {
    const digest = createHash('sha256').update(REPORT_STYLE).digest('base64');
    expect(html).toContain(
      `content="default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(html).toContain(`<style>${REPORT_STYLE}</style>`);
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<style>'));
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\sstyle=|\son\w+=|https?:|url\(|@import/i);
    expect(html.match(/<style>/g)).toHaveLength(1);
  });

  test('closes what it opens', () => {
    const open: string[] = [];
    for (const [tag, slash, name = '', end] of html.matchAll(/<(\/?)([a-z0-9]+)(?:[^>"]|"[^"]*")*?(\/?)>/g)) {
      if (end === '/' || name === 'meta') continue;
      if (slash === '') open.push(name);
      else expect(open.pop(), tag).toBe(name);
    }
    expect(open).toEqual([]);
  });

  test('says what became of the hosts, by counts of its own', () => {
    expect(html).toContain('Finished: 197 of 200 hosts done; 2 failed or lost, 6 accepted.');
    expect(html).not.toContain('What does not add up');
    const wrong = reportHtml({ ...status, outcomes: { ...status.outcomes, done: 200 } }, document);
    expect(wrong).toContain('Finished: 197 of 200 hosts done');
    expect(wrong).toContain('200 are said to be done, and 197 are');
  });

  test('has each host in trouble with code, what, hint and console', () => {
    expect(html).toContain('lost at return: ETIMEDOUT · one host');
    expect(html).toContain('it did not come back within 15m');
    expect(html).toContain('look at it');
    expect(html).toContain('Console of <code>web-7</code>');
    expect(html).toContain('[    3.1] Kernel panic\nnot syncing');
    expect(html).toContain('failed at health: EIO · one host');
    expect(html).toContain('refused at inspect: ESTALE · one host');
    for (const name of ['web-7', 'web-8', 'web-9']) expect(html).toContain(`<p class="hosts">${name}</p>`);
    expect(html).toContain('<dt><code>old-1</code></dt><dd>EOPNOTSUPP: no route for a reboot</dd>');
  });

  test('has downtimes with how many they are', () => {
    // 198 came back: all but the lost and the refused, the one that failed among them; the hundredth of 30.00 s, 30.02 s, …
    expect(html).toContain('<td>198</td><td>30.0 s</td>');
    expect(
      reportHtml(
        statusOf(document, () => 'skipped'),
        document,
      ),
    ).toContain('No host has come back.');
  });

  test('has what hosts said as text, and no more', () => {
    const evil = '"><script>alert(1)</script>\u001b[31m\u202e\'&amp;<!--';
    const told = (text: string): string => {
      const hosts = status.hosts.map((host, at): HostState => {
        if (host.state !== 'ended' || at < 7 || at > 9 || host.result.trouble === undefined) return host;
        const trouble = { ...host.result.trouble, what: text, hint: text };
        return {
          ...host,
          host: `${text}${at}`,
          result: { ...host.result, host: `${text}${at}`, trouble, console: [text, text], kernelAfter: text },
        };
      });
      const changed: RolloutStatus = { ...status, id: text, gate: { state: 'paused', why: text }, hosts };
      return reportHtml(changed, { ...document, id: text, left: [{ host: text, why: text }] });
    };
    expect(skeleton(told(evil))).toBe(skeleton(told('plain')));
    expect(told(evil).replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u202e|<script|<!--/u);
    expect(told(evil)).toContain(
      '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\\u{1b}[31m\\u{202e}&#39;&amp;amp;&lt;!--',
    );
  });

  test('is some megabytes for 100 000 hosts that ended in all ways, and has every name in trouble', () => {
    const large = rolloutOf(100_000);
    const ways = ['done', 'failed', 'done', 'lost', 'done', 'refused'] as const;
    const worst = statusOf(large, (at) => ways[(at * 7919) % 6] ?? 'done');
    const hosts = worst.hosts.map(
      (host): HostState =>
        host.state === 'ended' && host.result.trouble !== undefined
          ? {
              ...host,
              result: {
                ...host.result,
                trouble: { ...host.result.trouble, what: `${host.host}: ${'x'.repeat(300)}` },
                console: Array.from({ length: 20 }, () => 'y'.repeat(100)),
              },
            }
          : host,
    );
    const text = reportHtml({ ...worst, hosts }, large);
    expect(text.length).toBeLessThan(12_000_000);
    expect(/The consoles of [\d\s]+ more hosts are not in this file/.test(text)).toBe(true);
    const listed = [...text.matchAll(/<p class="hosts">([^<]*)<\/p>/g)].flatMap(([, names = '']) => names.split(' '));
    expect(listed).toHaveLength(worst.outcomes.failed + worst.outcomes.lost + worst.outcomes.refused);
    expect(new Set(listed).size).toBe(listed.length);
  });
});
