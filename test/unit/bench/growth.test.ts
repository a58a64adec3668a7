import assert from "node:assert/strict";
import * as fc from "fast-check";
import { growthOf, linearUpTo, type Point } from "../../../bench/growth";

const sizes = [1, 10, 25, 50, 100, 150, 200];
const most = 200;

/** A cost that is 650 for nothing and 900 more at the largest size. `off`: by how much of what has grown it is off. */
function measured(
  share: (size: number) => number,
  off: (size: number) => number = () => 0,
): readonly Point[] {
  return sizes.map((size) => ({ size, value: 650 + 900 * share(size) * (1 + off(size)) }));
}

/** Stairs around what grows, as a heap makes them that is collected only when it has become twice as large. */
function stairs(phase: number): (size: number) => number {
  return (size) => 0.15 * (2 * ((Math.log2(size) + phase) % 1) - 1);
}

const linear = (size: number): number => size / most;
const square = (size: number): number => (size / most) ** 2;
const half = (size: number): number => (linear(size) + square(size)) / 2;

describe("how a cost grows with the number of tenants", () => {
  it("is by the power 1 on a straight line, which costs the same for each", () => {
    const { each, power } = growthOf(measured(linear));
    assert.ok(Math.abs(each - 4.5) < 1e-9);
    assert.ok(Math.abs(power - 1) < 0.005);
  });

  it("is by the power 2 with the square", () => {
    assert.ok(Math.abs(growthOf(measured(square)).power - 2) < 0.005);
  });

  it("is linear on stairs around a line, wherever they begin", () => {
    const phases = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(fc.property(phases, (phase) => growthOf(measured(linear, stairs(phase))).power <= linearUpTo));
  });

  it("is told from the square when each value is off by up to a twentieth of what has grown", () => {
    const noise = fc.array(fc.double({ min: -0.05, max: 0.05, noNaN: true }), {
      minLength: sizes.length,
      maxLength: sizes.length,
    });
    fc.assert(
      fc.property(noise, (offs) => {
        const off = (size: number): number => offs[sizes.indexOf(size)] ?? 0;
        const [line, squared] = [linear, square].map((share) => growthOf(measured(share, off)).power);
        return (line ?? Infinity) <= linearUpTo && (squared ?? 0) > linearUpTo;
      }),
    );
  });

  for (const [name, share] of [
    ["with the square", square],
    ["half with the square at the largest size", half],
    ["by the power 1.5", (size: number) => (size / most) ** 1.5],
  ] as const)
    it(`is not linear where it is ${name}, on stairs or not`, () => {
      assert.ok(growthOf(measured(share)).power > linearUpTo);
      const phases = fc.double({ min: 0, max: 1, noNaN: true });
      fc.assert(fc.property(phases, (phase) => growthOf(measured(share, stairs(phase))).power > linearUpTo));
    });

  it("is linear in a run that looked otherwise from 1 to 100 tenants alone", () => {
    // Medians of three previews, in MB, all processes.
    const megabytes = { 1: 665, 10: 726, 25: 806, 50: 841, 100: 1115, 150: 1340, 200: 1537 };
    const points = Object.entries(megabytes).map(([size, value]) => ({ size: Number(size), value }));
    assert.ok(growthOf(points).power <= linearUpTo);
    assert.ok(growthOf(points.filter(({ size }) => [1, 10, 50, 100].includes(size))).power > linearUpTo);
  });

  it("is none where nothing grows", () => {
    for (const share of [() => 0, (size: number) => -linear(size)])
      assert.equal(growthOf(measured(share)).power, 0);
  });

  it("can't be told from three sizes", () => {
    assert.throws(() => growthOf(measured(linear).slice(0, 3)), /at least four sizes/);
  });
});
