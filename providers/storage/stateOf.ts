import { elements, fields, number, text } from "../../patroni/observed/json";
import { pickInputs } from "../pickInputs";
import type { StorageInputs, StorageResult, StorageVolume } from "./model";

/** Names of the inputs, in the order of messages. */
export const inputNames = [
  "cluster",
  "kind",
  "members",
  "volumeName",
  "nomadAddress",
  "nomadNamespace",
  "nomadRegion",
  "nodePool",
  "datacenters",
  "constraints",
  "pluginId",
  "parameters",
  "capacityMinBytes",
  "capacityMaxBytes",
  "accessMode",
  "attachmentMode",
  "consulAddress",
  "dcsPath",
  "jobId",
  "whenRemoved",
  "timeoutSeconds",
] as const satisfies readonly (keyof StorageInputs)[];

/** Pulumi's property map, as it comes over gRPC. */
export type Properties = Readonly<Record<string, unknown>>;

/** The inputs among the properties of a resource. */
export function inputsOf(props: Properties): StorageInputs {
  return pickInputs<StorageInputs>(inputNames, props);
}

/** The volumes that the outputs of a resource record; none of a resource that was never made. */
export function volumesOf(props: Properties): readonly StorageVolume[] {
  return elements(props["volumes"])
    .map(fields)
    .map((volume) => ({
      id: text(volume["id"]) ?? "",
      name: text(volume["name"]) ?? "",
      nodeId: text(volume["nodeId"]) ?? "",
      nodeName: text(volume["nodeName"]) ?? "",
      capacityBytes: number(volume["capacityBytes"]) ?? 0,
    }));
}

/** The resource's outputs. */
export function outputsOf(inputs: StorageInputs, result: StorageResult, providerVersion: number): Properties {
  return { ...inputs, ...result, providerVersion };
}
