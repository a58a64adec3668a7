import type { Plugin } from "../framework/plugin";
import { nomadClient } from "./client";
import { dynamicHostVolumeResource } from "./dynamicHostVolume";
import { jobResource } from "./job";
import { nomadSchema } from "./schema";

/** The stand-in for the Nomad plugin. */
export const plugin: Plugin = {
  schema: nomadSchema,
  resources: (config) => {
    const client = nomadClient(config);
    return [jobResource(client), dynamicHostVolumeResource(client)];
  },
};
