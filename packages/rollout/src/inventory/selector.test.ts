import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RolloutError } from '../error.ts';
import { parseSelector, selects } from './selector.ts';

const host = { labels: { role: 'web', zone: 'eu-1', empty: '', 'example.org/rack': '7' } };

describe('a selector', () => {
  test.each([
    ['', true],
    ['  ', true],
    ['role=web', true],
    ['role==web', true],
    [' role = web , zone = eu-1 ', true],
    ['role=db', false],
    ['role=web,zone=eu-2', false],
    ['zone!=eu-2', true],
    ['zone!=eu-1', false],
    ['rack!=7', true],
    ['role', true],
    ['!role', false],
    ['rack', false],
    ['!rack', true],
    ['! rack', true],
    ['empty', true],
    ['empty=', true],
    ['empty!=', false],
    ['rack=', false],
    ['rack!=', true],
    ['example.org/rack=7', true],
  ])('%j: %s', (text, expected) => {
    expect(selects(parseSelector(text), host)).toBe(expected);
  });

  test.each([
    ['role=web,', /a requirement between commas is empty/],
    [',', /empty/],
    ['role in (web,db)', /"role in \(web" is no requirement/],
    ['role=web zone=eu', /no value/],
    ['=web', /no key/],
    ['!', /no key/],
    ['!=web', /no key/],
    ['role=web=db', /"web=db" is no value/],
    ['role>3', /no key/],
    ['role=$(reboot)', /no value/],
    ['constructor', /no key/],
    ['__proto__', /no key/],
    ['role=a\nb', /no value|no requirement/],
    ['a'.repeat(4097), /4097 characters/],
  ])('%j is refused, and its place named', (text, says) => {
    expect(() => parseSelector(text, 'waves[0].select')).toThrow(RolloutError);
    expect(() => parseSelector(text, 'waves[0].select')).toThrow(says);
    expect(() => parseSelector(text, 'waves[0].select')).toThrow(/^waves\[0\].select: /);
  });

  test('what every object has is no label of a host', () => {
    expect(selects([{ key: 'toString', is: 'there', value: '' }], host)).toBe(false);
  });

  test('for any labels: != is the opposite of =, !key of key, and a list is all of its parts', () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const value = fc.constantFrom('', 'x', 'y');
    const labels = fc.dictionary(key, value, { noNullPrototype: true });
    fc.assert(
      fc.property(labels, key, value, key, (given, one, text, other) => {
        const is = (selector: string): boolean => selects(parseSelector(selector), { labels: given });
        expect(is(`${one}!=${text}`)).toBe(!is(`${one}=${text}`));
        expect(is(`!${one}`)).toBe(!is(one));
        expect(is(`${one}=${text}`)).toBe(given[one] === text);
        expect(is(`${one}=${text},${other}`)).toBe(is(`${one}=${text}`) && is(other));
      }),
      { seed: 2 },
    );
  });
});
