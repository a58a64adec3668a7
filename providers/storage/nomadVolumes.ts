import type { VolumeClaim } from "../../patroni/moves/moveScene";
import type { VolumeFacts } from "../../patroni/volumePlan";
import { elements, fields, number, text, texts } from "../../patroni/observed/json";
import { parseJson, send, sendJson, statusError, type HttpReply } from "../http";
import type { StorageInputs } from "./model";
import { scoped, type NomadScope } from "./nomadScope";

/** A volume as Nomad lists it. */
export interface ListedVolume {
  readonly id: string;
  readonly nodeId: string;
  readonly state: string;
}

/** Every dynamic host volume of exactly this name in the namespace. */
export async function listVolumes(scope: NomadScope, name: string): Promise<readonly ListedVolume[]> {
  const query = { type: "host", prefix: name };
  const body = await sendJson(scope.api, scoped(scope, "GET", "/v1/volumes", query, "host-volume-read"));
  return elements(body)
    .map(fields)
    .filter((stub) => stub["Name"] === name)
    .map((stub) => ({
      id: text(stub["ID"]) ?? "",
      nodeId: text(stub["NodeID"]) ?? "",
      state: text(stub["State"]) ?? "",
    }));
}

/** Everything about the volumes of a name, and which jobs use them or have them kept for them. */
export async function readVolumes(scope: NomadScope, name: string): Promise<readonly VolumeFacts[]> {
  const listed = await listVolumes(scope, name);
  if (listed.length === 0) return [];
  const claims = await listClaims(scope, name);
  const read = await Promise.all(listed.map(({ id }) => readVolume(scope, id, claimantsOf(claims, id))));
  return read.filter((volume) => volume !== undefined);
}

/** One volume, undefined when there is none of that ID (any more). */
export async function readVolume(
  scope: NomadScope,
  id: string,
  claimants: readonly string[],
): Promise<VolumeFacts | undefined> {
  const get = scoped(scope, "GET", `/v1/volume/host/${encodeURIComponent(id)}`, {}, "host-volume-read");
  const reply = await send(scope.api, get);
  if (reply.status === 404) return undefined;
  if (reply.status >= 300) throw statusError(scope.api, get, reply);
  return volumeFacts(parseJson(scope.api, get, reply), claimants);
}

function volumeFacts(body: unknown, claimants: readonly string[]): VolumeFacts {
  const data = fields(body);
  return {
    id: text(data["ID"]) ?? "",
    name: text(data["Name"]) ?? "",
    nodeId: text(data["NodeID"]) ?? "",
    state: text(data["State"]) ?? "",
    capacityBytes: number(data["CapacityBytes"]) ?? 0,
    pluginId: text(data["PluginID"]) ?? "",
    parameters: texts(data["Parameters"]),
    capabilities: elements(data["RequestedCapabilities"])
      .map(fields)
      .map((capability) => ({
        accessMode: text(capability["AccessMode"]) ?? "",
        attachmentMode: text(capability["AttachmentMode"]) ?? "",
      })),
    hostPath: text(data["HostPath"]) ?? "",
    users: [
      ...new Set(
        elements(data["Allocations"])
          .map(fields)
          .map((allocation) => text(allocation["JobID"]) ?? ""),
      ),
    ],
    claimants,
  };
}

/**
 * Claims on volumes of a name: for which job Nomad keeps one, because the group's volume is `sticky`.
 * https://developer.hashicorp.com/nomad/api-docs/volumes#list-task-group-host-volume-claims
 */
export async function listClaims(scope: NomadScope, volumeName: string): Promise<readonly VolumeClaim[]> {
  const query = { volume_name: volumeName };
  const body = await sendJson(
    scope.api,
    scoped(scope, "GET", "/v1/volumes/claims", query, "host-volume-read"),
  );
  return elements(body)
    .map(fields)
    .map((claim) => ({
      id: text(claim["ID"]) ?? "",
      volumeId: text(claim["VolumeID"]) ?? "",
      jobId: text(claim["JobID"]) ?? "",
    }));
}

/** Lets a volume be nobody's: a member that was placed on it before may be placed elsewhere. One that is gone is no error. */
export async function deleteClaim(scope: NomadScope, id: string): Promise<void> {
  const path = `/v1/volumes/claim/${encodeURIComponent(id)}`;
  const remove = scoped(scope, "DELETE", path, {}, "host-volume-delete");
  const reply = await send(scope.api, remove);
  if (reply.status >= 300 && reply.status !== 404) throw statusError(scope.api, remove, reply);
}

function claimantsOf(claims: readonly VolumeClaim[], id: string): readonly string[] {
  return [...new Set(claims.filter(({ volumeId }) => volumeId === id).map(({ jobId }) => jobId))];
}

/** What a request for a volume is about. */
export type VolumeTarget =
  /** A new volume on this node. `judgedByNomad`: only if the node meets the operator's constraints. */
  | { readonly nodeId: string; readonly judgedByNomad: boolean }
  /** A change of this volume, whose data, node and plugin stay. */
  | { readonly existing: string; readonly pluginId: string };

/**
 * Asks Nomad for a volume, or for the change of one. Returns Nomad's answer whatever its status: a refusal concerns
 * the node, and the caller may know another.
 */
export async function putVolume(
  scope: NomadScope,
  inputs: StorageInputs,
  target: VolumeTarget,
): Promise<HttpReply> {
  const put = scoped(scope, "PUT", "/v1/volume/host/create", {}, "host-volume-create");
  const volume = {
    Name: inputs.volumeName,
    Namespace: inputs.nomadNamespace,
    ...("existing" in target
      ? { ID: target.existing, PluginID: target.pluginId }
      : { PluginID: inputs.pluginId, ...placeFields(inputs, target) }),
    RequestedCapacityMinBytes: inputs.capacityMinBytes,
    RequestedCapacityMaxBytes: inputs.capacityMaxBytes,
    RequestedCapabilities: [{ AccessMode: inputs.accessMode, AttachmentMode: inputs.attachmentMode }],
    Parameters: inputs.parameters,
  };
  // Nomad gives the plugin on the node a minute.
  return send(scope.api, { ...put, body: { Volume: volume }, timeoutSeconds: 75 });
}

/** Nomad checks constraints only of volumes that it places itself, so where it is to judge, the node is one. */
function placeFields(
  inputs: StorageInputs,
  { nodeId, judgedByNomad }: { readonly nodeId: string; readonly judgedByNomad: boolean },
): object {
  if (!judgedByNomad) return { NodeID: nodeId };
  const own = inputs.constraints.map(({ attribute, operator, value }) => ({
    LTarget: attribute,
    Operand: operator,
    RTarget: value,
  }));
  return { Constraints: [...own, { LTarget: "${node.unique.id}", Operand: "=", RTarget: nodeId }] };
}

/** Deletes a volume with its data. Returns Nomad's answer whatever its status. */
export async function deleteVolume(scope: NomadScope, id: string): Promise<HttpReply> {
  const remove = scoped(
    scope,
    "DELETE",
    `/v1/volume/host/${encodeURIComponent(id)}`,
    {},
    "host-volume-delete",
  );
  return send(scope.api, { ...remove, timeoutSeconds: 75 });
}
