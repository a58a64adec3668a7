import * as z from "zod";
import { listOf, oneOf, section, setting, text, wholeNumber } from "./setting";

/**
 * Nomad's constraint operators (`Constraint.Validate` in nomad/structs), without `distinct_hosts`, which always
 * holds, and `distinct_property`, which Nomad refuses for volumes: `spread` does what it is for.
 */
export const constraintOperators = [
  "=",
  "==",
  "is",
  "!=",
  "not",
  "<",
  "<=",
  ">",
  ">=",
  "regexp",
  "version",
  "semver",
  "set_contains",
  "set_contains_all",
  "set_contains_any",
  "is_set",
  "is_not_set",
] as const;

const attribute = text(
  "A property of a node.",
  "a property of a node in Nomad's notation, such as `${attr.cpu.arch}`, `${meta.rack}` or `${node.class}`",
  (value) =>
    /^\$\{(attr\.[^\s{}]+|meta\.[^\s{}]+|node\.(unique\.id|unique\.name|datacenter|class|pool))\}$/.test(
      value,
    ),
);

const valueAllowed = "a text, a number, `true` or `false`";
const constraintValue = setting(
  z.union([z.string(), z.number(), z.boolean()], { error: valueAllowed }).transform(String),
  {
    description: "What the property is compared with; none for `is_set` and `is_not_set`.",
    allowed: valueAllowed,
  },
);

/** Nomad's rule for an operator's right side, as what is allowed, or undefined if `value` is right. */
function wrongValue(operator: string, value: string): string | undefined {
  switch (operator) {
    case "is_set":
    case "is_not_set":
      return value === "" ? undefined : `no value, because the operator is \`${operator}\``;
    case "version":
    case "semver":
      return /^(\s*([<>=!~]=?|~>|\^)?\s*v?\d+(\.[\w*]+)*([-+][\w.+-]+)?\s*,?)+$/.test(value)
        ? undefined
        : `versions to compare with, such as \`>= 1.2, < 2\`, because the operator is \`${operator}\``;
    default:
      return value === "" ? `a value, because the operator is \`${operator}\`` : undefined;
  }
}

/** A constraint, its operator `=` unless given. */
const constraint = z
  .strictObject(
    {
      attribute,
      operator: oneOf("How it is compared.", constraintOperators).default("="),
      value: constraintValue.default(""),
    },
    { error: "a map of `attribute`, `operator` and `value`" },
  )
  .check((payload) => {
    const { operator, value } = payload.value;
    const allowed = wrongValue(operator, value);
    if (allowed === undefined) return;
    payload.issues.push({ code: "custom", message: allowed, path: ["value"], input: payload.value });
  });

const spread = z.strictObject(
  {
    attribute,
    // Nomad's own default (`api.Spread.Canonicalize`) and limits (`Spread.Validate` in nomad/structs).
    weight: wholeNumber("How much it counts beside other spreads.", { min: 1, max: 100 }).default(50),
  },
  { error: "a map of `attribute` and `weight`" },
);

const constraintsAllowed = "a list of maps of `attribute`, `operator` and `value`";

/** Constraints on nodes; an empty list takes back those of the defaults. */
export function constraints(description: string) {
  return setting(z.array(constraint, { error: constraintsAllowed }), {
    description,
    allowed: constraintsAllowed,
  });
}

/** Nomad datacenters; wildcards are Nomad's own. */
export const datacenters = listOf(
  "Nomad datacenters in which members may run; `*` stands for any letters.",
  "a list of at least one datacenter's name",
  text("A datacenter.", "a datacenter's name", (name) => /^[^\s]+$/.test(name)),
);

/** Nomad's rule for names of node pools (`validNodePoolName` in nomad/structs). */
export const nodePool = text(
  "Nomad node pool of the jobs and of their volumes.",
  "a node pool's name: letters, digits, `-` and `_`, at most 128",
  (name) => /^[a-zA-Z0-9_-]{1,128}$/.test(name),
);

const spreadAllowed = "a list of maps of `attribute` and `weight`";

/** Where a cluster's members may run. */
export const placement = section({
  datacenters,
  nodePool,
  constraints: constraints("What a member's node must be like. Members are on distinct nodes without it."),
  spread: setting(z.array(spread, { error: spreadAllowed }), {
    description: "Properties over whose values members are spread, such as `${meta.rack}`.",
    allowed: spreadAllowed,
  }),
});
