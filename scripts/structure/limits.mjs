// Functions of at most 70 lines, files of at most 500, and a list of exceptions that only shrinks.

const LONGEST_FUNCTION = 70;
const LONGEST_FILE = 500;

/**
 * What is wrong with files measured by measureFile, one sentence each. An exception is
 * `{ file, function?, lines, reason }`: that file, or that function of it, has exactly so many lines, and the reason says
 * why it may. When it becomes shorter, its number has to follow, or the entry has to go.
 */
export function findProblems(measured, exceptions) {
  const tooLong = new Map(measured.flatMap(itemsOverLimit).map((item) => [keyOf(item), item]));
  const listed = new Map(exceptions.map((entry) => [keyOf(entry), entry]));
  return [
    ...[...tooLong].filter(([key]) => !listed.has(key)).map(([, item]) => sayTooLong(item)),
    ...exceptions.flatMap((entry) => judge(entry, tooLong.get(keyOf(entry)))),
  ];
}

const keyOf = ({ file, function: name }) => (name === undefined ? file : `${file} ${name}`);

function itemsOverLimit({ file, lines, functions }) {
  const long = functions.filter((candidate) => candidate.lines > LONGEST_FUNCTION);
  long.sort((a, b) => a.lines - b.lines); // Of two with the same name the longer one stays in the map.
  return [
    ...(lines > LONGEST_FILE ? [{ file, lines }] : []),
    ...long.map((item) => ({ file, function: item.name, line: item.line, lines: item.lines })),
  ];
}

function sayTooLong({ file, function: name, line, lines }) {
  if (name === undefined) return `${file} has ${lines} lines, more than ${LONGEST_FILE}: split it`;
  return `${file}:${line} ${name} has ${lines} lines, more than ${LONGEST_FUNCTION}: split it`;
}

function judge(entry, item) {
  const what = keyOf(entry);
  if (!entry.reason) return [`the exception ${what} has no reason`];
  if (item === undefined) return [`${what} needs no exception any more: remove its entry`];
  if (item.lines > entry.lines) return [`${what} grew from ${entry.lines} to ${item.lines} lines: split it`];
  if (item.lines < entry.lines) return [`${what} is down to ${item.lines} lines: lower its entry to that number`];
  return [];
}
