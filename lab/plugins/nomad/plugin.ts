import type { Plugin } from "../framework/plugin";
import { nomadClient } from "./client";
import { jobResource } from "./job";
import { nomadSchema } from "./schema";

/** The stand-in for the Nomad plugin. */
export const plugin: Plugin = {
  schema: nomadSchema,
  resources: (config) => [jobResource(nomadClient(config))],
};
