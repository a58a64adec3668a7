import * as pulumi from "@pulumi/pulumi";
import { DynamicHostVolume } from "./dynamicHostVolume";
import { Job } from "./job";
import { Provider } from "./provider";
import * as types from "./types";
import * as utilities from "./utilities";

export { DynamicHostVolume } from "./dynamicHostVolume";
export type { DynamicHostVolumeArgs, DynamicHostVolumeState } from "./dynamicHostVolume";
export { Job } from "./job";
export type { JobArgs, JobState } from "./job";
export { Provider } from "./provider";
export type { ProviderArgs } from "./provider";
export { types };

const version = utilities.getVersion();

pulumi.runtime.registerResourceModule("nomad", "index/job", {
  version,
  construct: (name, _type, urn) => new Job(name, undefined, { urn }),
});
pulumi.runtime.registerResourceModule("nomad", "index/dynamicHostVolume", {
  version,
  construct: (name, _type, urn) => new DynamicHostVolume(name, undefined, { urn }),
});
pulumi.runtime.registerResourcePackage("nomad", {
  version,
  constructProvider: (name, _type, urn) => new Provider(name, undefined, { urn }),
});
