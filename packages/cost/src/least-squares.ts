/** The sums that least squares need of many rows: what is left of them does not grow with their number. */
export interface Normal {
  /** Row after row of columns' scalar products. */
  readonly matrix: readonly (readonly number[])[];
  readonly right: readonly number[];
  /** Of the target with itself. */
  readonly square: number;
}

/** A solution, with how uncertain it is but for the scale of the noise. */
export interface Solution {
  readonly values: readonly number[];
  /** The inverse of the matrix. */
  readonly inverse: readonly (readonly number[])[];
}

/**
 * Collects the sums of weighted rows.
 *
 * @param rows one behind the other, each of `width` elements.
 * @param weights what each row and its target are divided by.
 */
export function normalOf(rows: Float64Array, width: number, targets: Float64Array, weights: Float64Array): Normal {
  const sums = new Float64Array(width * width);
  const right = new Float64Array(width);
  let square = 0;
  for (let at = 0; at < targets.length; at++) {
    const weight = 1 / (weights[at] ?? 1);
    const target = (targets[at] ?? 0) * weight;
    square += target * target;
    for (let column = 0; column < width; column++) {
      const value = (rows[at * width + column] ?? 0) * weight;
      if (value === 0) continue;
      right[column] = (right[column] ?? 0) + value * target;
      for (let other = 0; other < width; other++) {
        const sum = column * width + other;
        sums[sum] = (sums[sum] ?? 0) + value * ((rows[at * width + other] ?? 0) * weight);
      }
    }
  }
  const matrix = Array.from(right, (_, row) => Array.from(sums.subarray(row * width, (row + 1) * width)));
  return { matrix, right: Array.from(right), square };
}

/** The columns of a normal system that are kept. */
const only = ({ matrix, right, square }: Normal, columns: readonly number[]): Normal => ({
  matrix: columns.map((row) => columns.map((column) => matrix[row]?.[column] ?? 0)),
  right: columns.map((row) => right[row] ?? 0),
  square,
});

/**
 * Non-negative least squares over a few unknowns: the best of all choices of which of them are zero. That is the optimum, because at
 * it the unknowns that are not zero solve the problem without the others.
 */
export function nonNegative(normal: Normal): number[] {
  const size = normal.right.length;
  const all = valuesOf(factorOf(normal), normal);
  if (all.every((value) => value >= 0)) return [...all];
  let best: number[] = normal.right.map(() => 0);
  let least = normal.square;
  for (let choice = 1; choice < 2 ** size; choice++) {
    const free = normal.right.map((_, column) => column).filter((column) => (choice & (1 << column)) !== 0);
    const part = only(normal, free);
    const values = valuesOf(factorOf(part), part);
    if (!values.every((value) => value >= 0)) continue;
    const residual = normal.square - dot(values, part.right);
    if (residual >= least) continue;
    least = residual;
    best = normal.right.map((_, column) => values[free.indexOf(column)] ?? 0);
  }
  return best;
}

/** Solves a symmetric positive definite system. */
export function solve(normal: Normal): Solution {
  const factor = factorOf(normal);
  const inverse = normal.right.map((_, unit) =>
    valuesOf(factor, { right: normal.right.map((__, at) => (at === unit ? 1 : 0)) }),
  );
  return { values: valuesOf(factor, normal), inverse };
}

/** A Cholesky factor of the matrix with its diagonal scaled to 1. */
interface Factor {
  readonly lines: readonly (readonly number[])[];
  readonly scale: readonly number[];
}

/** Less is left of a column than rounding makes: what it says is worth nothing, and has to stay a number. */
const LEAST_PIVOT = 1e-14;

function factorOf({ matrix }: Normal): Factor {
  const scale = matrix.map((line, at) => 1 / Math.sqrt(line[at] ?? 1));
  const lines: number[][] = [];
  for (const [row, line] of matrix.entries()) {
    const made: number[] = [];
    for (let column = 0; column <= row; column++) {
      const other = column === row ? made : (lines[column] ?? []);
      const rest = (line[column] ?? 0) * (scale[row] ?? 1) * (scale[column] ?? 1) - dot(made, other);
      made.push(column === row ? Math.sqrt(Math.max(rest, LEAST_PIVOT)) : rest / (other[column] ?? 1));
    }
    lines.push(made);
  }
  return { lines, scale };
}

function valuesOf({ lines, scale }: Factor, { right }: Pick<Normal, 'right'>): number[] {
  const scaled = right.map((value, at) => value * (scale[at] ?? 1));
  return throughFactor(lines, scaled).map((value, at) => value * (scale[at] ?? 1));
}

function throughFactor(factor: readonly (readonly number[])[], right: readonly number[]): number[] {
  const forward: number[] = [];
  factor.forEach((line, row) => {
    forward.push(((right[row] ?? 0) - dot(forward, line)) / (line[row] ?? 1));
  });
  for (let row = forward.length - 1; row >= 0; row--) {
    let rest = forward[row] ?? 0;
    for (let below = row + 1; below < forward.length; below++)
      rest -= (factor[below]?.[row] ?? 0) * (forward[below] ?? 0);
    forward[row] = rest / (factor[row]?.[row] ?? 1);
  }
  return forward;
}

/** Two columns whose angle has a squared sine below this are the same up to their scale. */
const SAME_DIRECTION = 1e-9;

/**
 * Which columns the rows can tell from all the others, and which to leave out so that the rest can be told apart at all.
 *
 * @param columns each with at least one element that is not zero.
 */
export function independence(columns: readonly Float64Array[]): {
  readonly kept: number[];
  readonly told: number[];
} {
  const unit = columns.map((column) => {
    const length = Math.sqrt(dot(column, column));
    return column.map((value) => value / length);
  });
  const all = unit.map((_, at) => at);
  const told = all.filter((at) =>
    isOutside(
      unit[at] ?? new Float64Array(),
      basisOf(
        all.filter((other) => other !== at),
        unit,
      ).basis,
    ),
  );
  return { kept: basisOf([...told, ...all.filter((at) => !told.includes(at))], unit).kept, told };
}

/** Columns, first come first kept, that are not in the span of those before them (Gram-Schmidt). */
function basisOf(
  order: readonly number[],
  columns: readonly Float64Array[],
): { readonly basis: Float64Array[]; readonly kept: number[] } {
  const basis: Float64Array[] = [];
  const kept: number[] = [];
  for (const at of order) {
    const left = beside(columns[at] ?? new Float64Array(), basis);
    const size = dot(left, left);
    if (size < SAME_DIRECTION) continue;
    basis.push(left.map((value) => value / Math.sqrt(size)));
    kept.push(at);
  }
  return { basis, kept: kept.sort((a, b) => a - b) };
}

function isOutside(column: Float64Array, basis: readonly Float64Array[]): boolean {
  const left = beside(column, basis);
  return dot(left, left) >= SAME_DIRECTION;
}

/** What is left of a column beside an orthonormal basis; twice, for what rounding leaves. */
function beside(column: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const left = column.slice();
  for (const axis of [...basis, ...basis]) {
    const along = dot(left, axis);
    for (let row = 0; row < left.length; row++) left[row] = (left[row] ?? 0) - along * (axis[row] ?? 0);
  }
  return left;
}

type Numbers = readonly number[] | Float64Array;

/** The scalar product, over as many elements as the shorter one has. */
export function dot(a: Numbers, b: Numbers): number {
  let sum = 0;
  for (let at = 0; at < a.length && at < b.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}
