import type { Plugin } from "../framework/plugin";
import { engineHost } from "./engine";
import { imageResource } from "./image";
import { dockerSchema } from "./schema";

/** The stand-in for the Docker plugin. */
export const plugin: Plugin = {
  schema: dockerSchema,
  resources: (config) => [imageResource(engineHost(config))],
};
