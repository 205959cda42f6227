/**
 * Non-negative least squares over at most four unknowns: the best of all choices of which of them are zero. That is the
 * optimum, because at it the unknowns that are not zero solve the problem without the others.
 */
export function leastSquares(columns: readonly (readonly number[])[], target: readonly number[]): number[] {
  let best: number[] = columns.map(() => 0);
  let least = dot(target, target);
  for (let choice = 1; choice < 2 ** columns.length; choice++) {
    const free = columns.filter((_, index) => (choice & (1 << index)) !== 0);
    const solved = solve(
      free.map((column) => free.map((other) => dot(column, other))),
      free.map((column) => dot(column, target)),
    );
    if (solved.some((value) => value < 0)) continue;
    const values = solved.values();
    const candidate = columns.map((_, index) => ((choice & (1 << index)) === 0 ? 0 : (values.next().value ?? 0)));
    const residual = target.map((value, row) =>
      candidate.reduce((rest, factor, column) => rest - factor * (columns[column]?.[row] ?? 0), value),
    );
    const squared = dot(residual, residual);
    if (squared < least) [best, least] = [candidate, squared];
  }
  return best;
}

/** Solves a symmetric positive definite system by its Cholesky factor, with the diagonal scaled to 1. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const at = (row: number, column: number): number => matrix[row]?.[column] ?? 0;
  const scale = right.map((_, index) => 1 / Math.sqrt(at(index, index)));
  const scaleOf = (index: number): number => scale[index] ?? 0;
  const factor: number[][] = [];
  const forward: number[] = [];
  for (let row = 0; row < right.length; row++) {
    const line: number[] = [];
    for (let column = 0; column <= row; column++) {
      const other = column === row ? line : (factor[column] ?? []);
      const rest = at(row, column) * scaleOf(row) * scaleOf(column) - dot(line, other);
      line.push(column === row ? Math.sqrt(rest) : rest / (other[column] ?? 1));
    }
    factor.push(line);
    forward.push(((right[row] ?? 0) * scaleOf(row) - dot(forward, line)) / (line[row] ?? 1));
  }
  const solution = [...forward];
  for (let row = right.length - 1; row >= 0; row--) {
    let rest = forward[row] ?? 0;
    for (let below = row + 1; below < right.length; below++)
      rest -= (factor[below]?.[row] ?? 0) * (solution[below] ?? 0);
    solution[row] = rest / (factor[row]?.[row] ?? 1);
  }
  return solution.map((value, index) => value * scaleOf(index));
}

/** The scalar product, over as many elements as the shorter one has. */
export function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < a.length && index < b.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
