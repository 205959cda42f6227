import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastLines, oneLine } from './printable.ts';

describe('what hosts say', () => {
  it('acts on no terminal', () => {
    expect(oneLine('\u001b[31mred\u001b[0m \u001b]0;title\u0007x\u202ey\r\nz\u0000')).toBe('red x y z');
  });

  it('is one line of a length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), fc.integer({ min: 1, max: 80 }), (text, most) => {
        const line = oneLine(text, most);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(line.length).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('costs little where it is long', () => {
    expect(oneLine('\u001b]'.repeat(8 << 20), 10).length).toBeLessThanOrEqual(10);
    expect(oneLine('a'.repeat(8 << 20), 10)).toBe('aaaaaaaaa…');
  });

  it('ends with its last lines', () => {
    expect(lastLines('a\nb\r\n\n\u001b[2Jc\n', 2)).toEqual(['b', 'c']);
    expect(lastLines('', 2)).toEqual([]);
  });
});
