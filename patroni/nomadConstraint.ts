import type { Constraint } from "../config/model";

/** What a constraint can ask of a node. */
export interface ConstraintNode {
  readonly id: string;
  readonly name: string;
  readonly datacenter: string;
  readonly nodeClass: string;
  readonly nodePool: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly meta: Readonly<Record<string, string>>;
}

/** `unsure` where Nomad's own answer can't be told for certain from here; Nomad is then left to decide. */
export type Verdict = "met" | "unmet" | "unsure";

/**
 * Judges one constraint on one node as Nomad's scheduler does (`checkConstraint` in its
 * scheduler/feasible/feasible.go, 1.11.3), and says `unsure` rather than guess: for comparisons of text, for
 * versions with pre-release parts, and for regular expressions beyond what Go and JavaScript read alike.
 */
export function judgeConstraint(constraint: Constraint, node: ConstraintNode): Verdict {
  const left = targetValue(constraint.attribute, node);
  const right = targetValue(constraint.value, node);
  switch (constraint.operator) {
    case "is_set":
      return verdict(left !== undefined);
    case "is_not_set":
      return verdict(left === undefined);
    case "!=":
    case "not":
      // Nomad compares a missing value as an empty one here.
      return verdict((left ?? "") !== (right ?? ""));
  }
  if (left === undefined || right === undefined)
    return isKnownOperator(constraint.operator) ? "unmet" : "unsure";
  return judgeValues(constraint.operator, left, right);
}

/**
 * The value that a constraint's side has on a node: text without `${` is itself; `undefined` where the node
 * doesn't have it (`resolveTarget` in the same file of Nomad).
 */
export function targetValue(target: string, node: ConstraintNode): string | undefined {
  if (!target.startsWith("${")) return target;
  switch (target) {
    case "${node.unique.id}":
      return node.id;
    case "${node.datacenter}":
      return node.datacenter;
    case "${node.unique.name}":
      return node.name;
    case "${node.class}":
      return node.nodeClass;
    case "${node.pool}":
      return node.nodePool;
  }
  const named = /^\$\{(attr|meta)\.(.*?)\}?$/.exec(target);
  if (named === null) return undefined;
  const values = named[1] === "attr" ? node.attributes : node.meta;
  const key = named[2] ?? "";
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

/** Every operator that needs both sides. */
const binaryOperators: Readonly<Record<string, (left: string, right: string) => Verdict>> = {
  "=": equals,
  "==": equals,
  is: equals,
  "<": (left, right) => compareNumbers(left, right, (order) => order < 0),
  "<=": (left, right) => compareNumbers(left, right, (order) => order <= 0),
  ">": (left, right) => compareNumbers(left, right, (order) => order > 0),
  ">=": (left, right) => compareNumbers(left, right, (order) => order >= 0),
  set_contains: containsAll,
  set_contains_all: containsAll,
  set_contains_any: (left, right) => verdict(members(right).some((item) => members(left).includes(item))),
  regexp: matches,
  version: meetsVersions,
  semver: meetsVersions,
};

function isKnownOperator(operator: string): boolean {
  return Object.hasOwn(binaryOperators, operator);
}

function judgeValues(operator: string, left: string, right: string): Verdict {
  return isKnownOperator(operator) ? (binaryOperators[operator]?.(left, right) ?? "unsure") : "unsure";
}

function verdict(met: boolean): Verdict {
  return met ? "met" : "unmet";
}

function equals(left: string, right: string): Verdict {
  return verdict(left === right);
}

function members(list: string): readonly string[] {
  return list.split(",").map((item) => item.trim());
}

function containsAll(left: string, right: string): Verdict {
  const present = members(left);
  return verdict(members(right).every((item) => present.includes(item)));
}

/** Nomad compares integers, else decimals, else text; only plain numbers are certain to be read alike. */
function compareNumbers(left: string, right: string, holds: (order: number) => boolean): Verdict {
  const plain = /^[+-]?\d{1,15}(\.\d{1,15})?$/;
  if (!plain.test(left) || !plain.test(right)) return "unsure";
  return verdict(holds(Math.sign(Number(left) - Number(right))));
}

/** Literals, anchors, groups, alternatives, simple classes and `* + ?`: read alike by Go's RE2 and by JavaScript. */
const commonPattern = /^(?:[\w \-/:,@=~%&#!"';<>.^$|()*+?]|\\[.dDwW\-/\\$^|()[\]*+?]|\[\^?[\w\-. /:,]+\])*$/;

function matches(left: string, right: string): Verdict {
  // `(?` starts flags, named groups and look-arounds, on which the two differ.
  if (!commonPattern.test(right) || right.includes("(?")) return "unsure";
  // JavaScript's dot and `$` treat more characters as line ends than Go's do.
  if (!/^[\x20-\x7e]*$/.test(left)) return "unsure";
  try {
    return verdict(new RegExp(right).test(left));
  } catch {
    return "unsure";
  }
}

/** Comma-separated comparisons with versions of plain numbers; `~>` and pre-releases are left to Nomad. */
function meetsVersions(left: string, right: string): Verdict {
  const found = versionNumbers(left);
  if (found === undefined) return "unsure";
  let met = true;
  for (const part of right.split(",")) {
    const [, operator = "", text = ""] = /^\s*(>=|<=|!=|>|<|=|)\s*(\S+)\s*$/.exec(part) ?? [];
    const wanted = versionNumbers(text);
    if (wanted === undefined) return "unsure";
    met = met && versionHolds(operator, compareVersions(found, wanted));
  }
  return verdict(met);
}

function versionNumbers(text: string): readonly number[] | undefined {
  return /^v?\d{1,9}(\.\d{1,9})*$/.test(text) ? text.replace("v", "").split(".").map(Number) : undefined;
}

function compareVersions(left: readonly number[], right: readonly number[]): number {
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function versionHolds(operator: string, order: number): boolean {
  switch (operator) {
    case ">=":
      return order >= 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case "<":
      return order < 0;
    case "!=":
      return order !== 0;
    default:
      return order === 0;
  }
}
