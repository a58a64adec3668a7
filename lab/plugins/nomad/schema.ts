import { boolean, integer, listOf, mapOf, objectOf, string } from "../framework/schema";
import type { FieldSchema, PackageSchema, ResourceSchema } from "../framework/schema";

const updateStrategy = objectOf({
  autoRevert: { type: boolean, required: true },
  canary: { type: integer, required: true },
  healthCheck: { type: string, required: true },
  healthyDeadline: { type: string, required: true },
  maxParallel: { type: integer, required: true },
  minHealthyTime: { type: string, required: true },
  stagger: { type: string, required: true },
});

const volumeMount = objectOf({
  destination: { type: string, required: true },
  readOnly: { type: boolean, required: true },
  volume: { type: string, required: true },
});

const task = objectOf({
  driver: { type: string, required: true },
  meta: { type: mapOf(string), required: true },
  name: { type: string, required: true },
  volumeMounts: { type: listOf(volumeMount), required: true },
});

const volumeRequest = objectOf({
  name: { type: string, required: true },
  readOnly: { type: boolean, required: true },
  source: { type: string, required: true },
  type: { type: string, required: true },
});

const taskGroup = objectOf({
  count: { type: integer, required: true },
  meta: { type: mapOf(string), required: true },
  name: { type: string, required: true },
  tasks: { type: listOf(task), required: true },
  updateStrategies: { type: listOf(updateStrategy), required: true },
  volumes: { type: listOf(volumeRequest), required: true },
});

const jobConstraint = objectOf({
  ltarget: { type: string, required: true },
  operand: { type: string, required: true },
  rtarget: { type: string, required: true },
});

const periodicConfig = objectOf({
  enabled: { type: boolean, required: true },
  prohibitOverlap: { type: boolean, required: true },
  spec: { type: string, required: true },
  specType: { type: string, required: true },
  timezone: { type: string, required: true },
});

const hcl2 = objectOf({ allowFs: { type: boolean }, vars: { type: mapOf(string) } });

/** `nomad.Job`. */
export const jobSchema: ResourceSchema = {
  token: "nomad:index/job:Job",
  inputs: {
    deregisterOnDestroy: { type: boolean, default: true },
    deregisterOnIdChange: { type: boolean, default: true },
    detach: { type: boolean, default: true },
    hcl2: { type: hcl2, refused: "it reads jobspecs in JSON only; set json to true and leave hcl2 out" },
    jobspec: { type: string, required: true },
    json: { type: boolean },
    policyOverride: { type: boolean },
    preserveCounts: { type: boolean },
    purgeOnDestroy: { type: boolean },
    readAllocationIds: { type: boolean },
    rerunIfDead: { type: boolean },
  },
  outputs: {
    allAtOnce: { type: boolean, required: true },
    allocationIds: { type: listOf(string), required: true },
    constraints: { type: listOf(jobConstraint), required: true },
    createIndex: { type: integer, required: true },
    datacenters: { type: listOf(string), required: true },
    deploymentId: { type: string, required: true },
    deploymentStatus: { type: string, required: true },
    deregisterOnDestroy: { type: boolean },
    deregisterOnIdChange: { type: boolean },
    detach: { type: boolean },
    hcl2: { type: hcl2 },
    jobspec: { type: string, required: true },
    json: { type: boolean },
    modifyIndex: { type: string, required: true },
    name: { type: string, required: true },
    namespace: { type: string, required: true },
    parentId: { type: string, required: true },
    periodicConfigs: { type: listOf(periodicConfig), required: true },
    policyOverride: { type: boolean },
    preserveCounts: { type: boolean },
    priority: { type: integer, required: true },
    purgeOnDestroy: { type: boolean },
    readAllocationIds: { type: boolean },
    region: { type: string, required: true },
    rerunIfDead: { type: boolean },
    stable: { type: boolean, required: true },
    status: { type: string, required: true },
    statusDescription: { type: string, required: true },
    stop: { type: boolean, required: true },
    submitTime: { type: string, required: true },
    taskGroups: { type: listOf(taskGroup), required: true },
    type: { type: string, required: true },
    updateStrategies: { type: listOf(updateStrategy), required: true },
    version: { type: integer, required: true },
  },
};

const capability = objectOf({
  accessMode: { type: string, required: true },
  attachmentMode: { type: string, required: true },
});

const volumeConstraint = objectOf({
  attribute: { type: string, required: true },
  operator: { type: string },
  value: { type: string },
});

/** `nomad.DynamicHostVolume`. */
export const dynamicHostVolumeSchema: ResourceSchema = {
  token: "nomad:index/dynamicHostVolume:DynamicHostVolume",
  inputs: {
    capabilities: { type: listOf(capability), required: true },
    capacityMax: { type: string },
    capacityMin: { type: string },
    constraints: { type: listOf(volumeConstraint) },
    name: { type: string, autoName: true },
    namespace: { type: string, default: "default" },
    nodeId: { type: string, computed: true, replaces: true },
    nodePool: { type: string, computed: true },
    parameters: { type: mapOf(string) },
    pluginId: { type: string, required: true },
  },
  outputs: {
    capabilities: { type: listOf(capability), required: true },
    capacity: { type: string, required: true },
    capacityBytes: { type: integer, required: true },
    capacityMax: { type: string },
    capacityMaxBytes: { type: integer, required: true },
    capacityMin: { type: string },
    capacityMinBytes: { type: integer, required: true },
    constraints: { type: listOf(volumeConstraint) },
    hostPath: { type: string, required: true },
    name: { type: string, required: true },
    namespace: { type: string },
    nodeId: { type: string, required: true },
    nodePool: { type: string, required: true },
    parameters: { type: mapOf(string) },
    pluginId: { type: string, required: true },
    state: { type: string, required: true },
  },
};

const config: Readonly<Record<string, FieldSchema>> = {
  address: { type: string },
  authJwt: {
    type: objectOf({
      authMethod: { type: string, required: true },
      loginToken: { type: string, required: true, secret: true },
    }),
    refused: "give it a token in NOMAD_TOKEN or nomad:secretId",
  },
  caFile: { type: string },
  caPem: { type: string },
  certFile: { type: string },
  certPem: { type: string },
  headers: {
    type: listOf(
      objectOf({
        name: { type: string, required: true },
        value: { type: string, required: true, secret: true },
      }),
    ),
    secret: true,
  },
  httpAuth: { type: string, secret: true },
  ignoreEnvVars: { type: mapOf(boolean) },
  keyFile: { type: string },
  keyPem: { type: string, secret: true },
  region: { type: string },
  secretId: { type: string, secret: true },
  skipVerify: { type: boolean },
};

/** What the stand-in for the Nomad plugin knows. */
export const nomadSchema: PackageSchema = {
  name: "nomad",
  version: "2.6.1",
  config,
  resources: [jobSchema, dynamicHostVolumeSchema],
};
