import { expect, test } from 'vitest';
import { withoutPassword } from './password.ts';

test.each([
  ['postgresql://fleet:secret@db/fleet', 'postgresql://fleet@db/fleet'],
  ['postgres://fleet:secret@db:5433/fleet?sslmode=require', 'postgres://fleet@db:5433/fleet?sslmode=require'],
  ['postgresql://fleet@db/fleet?password=secret&sslmode=require', 'postgresql://fleet@db/fleet?sslmode=require'],
  ['postgresql://fleet@db/fleet?sslpassword=secret', 'postgresql://fleet@db/fleet'],
  ['postgresql://fleet:secret#more@db/fleet', 'postgresql://…'],
  ['postgresql://fleet:secret@db:99999/fleet', 'postgresql://…'],
])('%s is shown without its password', (database, shown) => {
  expect(withoutPassword(database)).toBe(shown);
});

test.each(['postgresql://fleet@db/fleet', 'postgresql:///fleet?host=/run/pg', '/srv/fleet', 'fleet:secret'])(
  '%s is shown as it is',
  (database) => {
    expect(withoutPassword(database)).toBe(database);
  },
);
