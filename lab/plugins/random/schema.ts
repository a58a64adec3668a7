import { boolean, integer, mapOf, string } from "../framework/schema";
import type { FieldSchema, InputSchema, PackageSchema, ResourceSchema } from "../framework/schema";

const inputs: Readonly<Record<string, InputSchema>> = {
  keepers: { type: mapOf(string), replaces: true },
  length: { type: integer, required: true, replaces: true },
  lower: { type: boolean, replaces: true },
  minLower: { type: integer, replaces: true },
  minNumeric: { type: integer, replaces: true },
  minSpecial: { type: integer, replaces: true },
  minUpper: { type: integer, replaces: true },
  number: { type: boolean, replaces: true },
  numeric: { type: boolean, replaces: true },
  overrideSpecial: { type: string, replaces: true },
  special: { type: boolean, replaces: true },
  upper: { type: boolean, replaces: true },
};

const outputs: Readonly<Record<string, FieldSchema>> = {
  bcryptHash: { type: string, required: true, secret: true },
  keepers: { type: mapOf(string) },
  length: { type: integer, required: true },
  lower: { type: boolean, required: true },
  minLower: { type: integer, required: true },
  minNumeric: { type: integer, required: true },
  minSpecial: { type: integer, required: true },
  minUpper: { type: integer, required: true },
  number: { type: boolean, required: true },
  numeric: { type: boolean, required: true },
  overrideSpecial: { type: string },
  result: { type: string, required: true, secret: true },
  special: { type: boolean, required: true },
  upper: { type: boolean, required: true },
};

/** `random.RandomPassword` of the random package 4.21.2. */
export const randomPasswordSchema: ResourceSchema = {
  token: "random:index/randomPassword:RandomPassword",
  inputs,
  outputs,
};

/** What the stand-in for the random plugin knows. */
export const randomSchema: PackageSchema = {
  name: "random",
  version: "4.21.2",
  config: {},
  resources: [randomPasswordSchema],
};
