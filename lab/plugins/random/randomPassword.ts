import { PluginFailure } from "../framework/failure";
import type { ResourceType } from "../framework/plugin";
import { unknown } from "../framework/values";
import type { Bag, Value } from "../framework/values";
import { bcryptHash } from "./bcrypt";
import { impossible, makePassword } from "./passwordText";
import type { PasswordRules } from "./passwordText";
import { randomPasswordSchema } from "./schema";

/** A password that is made once and then lives in the state alone. */
export const randomPassword: ResourceType = {
  schema: randomPasswordSchema,

  check: (inputs) => Promise.resolve({ failures: failures(inputs) }),

  foresee: withDefaults,

  create: (inputs) => {
    const rules = rulesOf(inputs);
    const result = makePassword(rules);
    const outputs = { ...withDefaults(inputs), result, bcryptHash: bcryptHash(result) };
    return Promise.resolve({ id: "none", outputs });
  },

  read: (state, inputs) => {
    if (state.outputs["result"] === undefined) {
      throw new PluginFailure(
        `a RandomPassword can't be imported by this stand-in: it is nowhere but in the state. ` +
          `Install the real plugin to import one: pulumi plugin install resource random 4.21.2`,
      );
    }
    return Promise.resolve({ ...state, inputs });
  },

  // Every input makes a new password, so an update has nothing to change.
  update: (state) => Promise.resolve(state.outputs),

  delete: () => Promise.resolve(),
};

function failures(inputs: Bag): { property: string; reason: string }[] {
  if (Object.values(inputs).some((value) => value === unknown)) return [];
  if (
    inputs["number"] !== undefined &&
    inputs["numeric"] !== undefined &&
    inputs["number"] !== inputs["numeric"]
  ) {
    return [
      {
        property: "number",
        reason: `"number" and "numeric" are one setting and must not differ; leave "number" out`,
      },
    ];
  }
  const reason = impossible(rulesOf(inputs));
  return reason === undefined ? [] : [{ property: "length", reason }];
}

function withDefaults(inputs: Bag): Bag {
  const { length, upper, lower, numeric, special, minUpper, minLower, minNumeric, minSpecial } =
    rulesOf(inputs);
  return {
    ...{
      length,
      upper,
      lower,
      numeric,
      number: numeric,
      special,
      minUpper,
      minLower,
      minNumeric,
      minSpecial,
    },
    ...inputs,
  };
}

function rulesOf(inputs: Bag): PasswordRules {
  const flag = (value: Value | undefined): boolean => value !== false;
  const count = (value: Value | undefined): number => (typeof value === "number" ? value : 0);
  const override = inputs["overrideSpecial"];
  return {
    length: count(inputs["length"]),
    upper: flag(inputs["upper"]),
    lower: flag(inputs["lower"]),
    numeric: flag(inputs["numeric"] ?? inputs["number"]),
    special: flag(inputs["special"]),
    minUpper: count(inputs["minUpper"]),
    minLower: count(inputs["minLower"]),
    minNumeric: count(inputs["minNumeric"]),
    minSpecial: count(inputs["minSpecial"]),
    overrideSpecial: typeof override === "string" ? override : undefined,
  };
}
