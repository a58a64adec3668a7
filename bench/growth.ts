/** What was measured at one size. */
export interface Point {
  readonly size: number;
  readonly value: number;
}

/** How a measured value grows with the size. */
export interface Growth {
  /** What one more costs: the slope of a straight line through all points. */
  readonly each: number;
  /** The power of the size that goes best with what is beyond the fixed cost: 1 is a straight line, 2 a square. */
  readonly power: number;
}

/**
 * The power up to which growth counts as linear. Memory is not taken back evenly: V8 lets its heap grow to some times
 * what was in use before it collects, so what is resident makes stairs around a line. At the sizes of the bench they
 * moved the power of a single run by up to 0.2; a cost of which half grows with the square at the largest has 1.4.
 */
export const linearUpTo = 1.25;

/** Powers that are tried, and how finely. */
const powers = Array.from({ length: 291 }, (_, index) => 0.1 + index / 100);

/**
 * Fits `fixed + factor * size ** power` to what was measured, by least squares. What doesn't grow at all has the
 * power 0. All points count, so that one that is off moves the result less than it moves the slope between two.
 *
 * @throws when there are fewer than four sizes: any three fit
 */
export function growthOf(points: readonly Point[]): Growth {
  if (new Set(points.map(({ size }) => size)).size < 4) throw new Error("growth takes at least four sizes");
  const each = fitted(points, 1).factor;
  if (each <= 0) return { each, power: 0 };
  const fits = powers.map((power) => ({ power, misses: fitted(points, power).misses }));
  return { each, power: fits.reduce((best, fit) => (fit.misses < best.misses ? fit : best)).power };
}

/** The straight line through values over `size ** power`, and the sum of the squares by which it misses them. */
function fitted(
  points: readonly Point[],
  power: number,
): { readonly factor: number; readonly misses: number } {
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const from = points.map(({ size, value }) => ({ x: size ** power, y: value }));
  const [meanX, meanY] = [mean(from.map(({ x }) => x)), mean(from.map(({ y }) => y))];
  const factor =
    mean(from.map(({ x, y }) => (x - meanX) * (y - meanY))) / mean(from.map(({ x }) => (x - meanX) ** 2));
  const misses = mean(from.map(({ x, y }) => (y - meanY - factor * (x - meanX)) ** 2));
  return { factor, misses };
}
