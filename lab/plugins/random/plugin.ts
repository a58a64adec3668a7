import type { Plugin } from "../framework/plugin";
import { randomPassword } from "./randomPassword";
import { randomSchema } from "./schema";

/** The stand-in for the random plugin. */
export const plugin: Plugin = {
  schema: randomSchema,
  resources: () => [randomPassword],
};
