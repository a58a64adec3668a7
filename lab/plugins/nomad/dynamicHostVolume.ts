import { PartialFailure, PluginFailure } from "../framework/failure";
import type { Operation, ResourceType, State } from "../framework/plugin";
import { textOf } from "../framework/values";
import type { Bag } from "../framework/values";
import type { NomadClient } from "./client";
import { dynamicHostVolumeSchema } from "./schema";
import { apiVolume, capacityOf, itemsOf, readState } from "./volumeDocument";
import type { ApiVolume } from "./volumeDocument";

const defaultTimeoutSeconds = 300;
const longestPollSeconds = 5;
// Nomad asks the client's plugin while the request waits.
const createTimeoutSeconds = 120;

const accessModes = [
  "single-node-reader-only",
  "single-node-writer",
  "single-node-single-writer",
  "single-node-multi-writer",
];
const attachmentModes = ["file-system", "block-device"];

/**
 * `nomad.DynamicHostVolume`: has Nomad create a volume and waits until it is ready; destroying it deletes the volume
 * with all data. Its ID is the volume's.
 */
export function dynamicHostVolumeResource(client: NomadClient): ResourceType {
  return {
    schema: dynamicHostVolumeSchema,
    check: (inputs) => Promise.resolve({ failures: [...modeFailures(inputs), ...capacityFailures(inputs)] }),
    foresee: (inputs) => ({ ...inputs, state: "ready" }),
    create: (inputs, operation) => write(client, "", inputs, operation),
    update: async (state, _olds, news, operation) =>
      (await write(client, state.id, news, operation, state)).outputs,

    read: async (state, inputs, operation) => {
      const volume = await find(client, state, operation);
      return volume === undefined ? undefined : readState(volume, inputs);
    },

    delete: async (state, operation) => {
      // Nomad answers 500 for a volume that it doesn't have.
      if ((await find(client, state, operation)) === undefined) return;
      await client.find({
        method: "DELETE",
        path: pathOf(state.id),
        query: { namespace: namespaceOf(state) },
        purpose: `delete the volume "${textOf(state.outputs, "name")}" (${state.id})`,
        signal: operation.signal,
        timeoutSeconds: createTimeoutSeconds,
      });
    },
  };
}

function modeFailures(inputs: Bag): { property: string; reason: string }[] {
  return itemsOf(inputs["capabilities"]).flatMap((capability, index) =>
    [
      { field: "accessMode", allowed: accessModes },
      { field: "attachmentMode", allowed: attachmentModes },
    ].flatMap(({ field, allowed }) => {
      const value = capability[field];
      if (typeof value !== "string" || allowed.includes(value)) return [];
      const property = `capabilities[${index}].${field}`;
      return [{ property, reason: `"${property}" is "${value}", but must be one of ${allowed.join(", ")}` }];
    }),
  );
}

function capacityFailures(inputs: Bag): { property: string; reason: string }[] {
  return ["capacityMin", "capacityMax"].flatMap((property) => {
    try {
      capacityOf(inputs, property);
      return [];
    } catch (error) {
      return [{ property, reason: (error as Error).message }];
    }
  });
}

/** Creates, or with an ID updates, then waits. Once Nomad has the volume every failure is a partial one. */
async function write(
  client: NomadClient,
  id: string,
  inputs: Bag,
  operation: Operation,
  current?: State,
): Promise<State> {
  const name = textOf(inputs, "name");
  const namespace = textOf(inputs, "namespace") || "default";
  const { Volume: written, Warnings } = (await client.json({
    method: "PUT",
    path: "/v1/volume/host/create",
    query: { namespace },
    body: { Volume: { ...apiVolume(inputs, current), ID: id, Name: name, Namespace: namespace } },
    purpose: `${id === "" ? "create" : "update"} the volume "${name}"`,
    signal: operation.signal,
    timeoutSeconds: createTimeoutSeconds,
  })) as { readonly Volume: ApiVolume; readonly Warnings?: string };
  if (Warnings) await operation.progress.warn(Warnings.trim());
  try {
    const volume = await waitUntilReady(client, written, operation);
    await operation.progress.status(`on node ${volume.NodeID.slice(0, 8)}`);
    return readState(volume, inputs);
  } catch (error) {
    if (!(error instanceof PluginFailure)) throw error;
    throw new PartialFailure(error.message, written.ID, readState(written, inputs).outputs);
  }
}

async function waitUntilReady(
  client: NomadClient,
  written: ApiVolume,
  operation: Operation,
): Promise<ApiVolume> {
  const deadline = Date.now() + (operation.timeoutSeconds ?? defaultTimeoutSeconds) * 1000;
  const purpose = `wait for the volume "${written.Name}" (${written.ID}) on node ${written.NodeID}`;
  const request = { method: "GET" as const, path: pathOf(written.ID), purpose, signal: operation.signal };
  let volume = written;
  let index = "0";
  while (volume.State !== "ready") {
    const left = (deadline - Date.now()) / 1000;
    if (left <= 0) {
      throw new PluginFailure(
        `can't ${purpose} any longer: it is still "${volume.State}". Look at it with ` +
          `"nomad volume status -type host ${volume.ID}" and at the client's log, then run pulumi up again.`,
      );
    }
    await operation.progress.status(
      `volume ${volume.Name} on node ${volume.NodeID.slice(0, 8)} is ${volume.State}`,
    );
    const wait = `${Math.ceil(Math.min(left, longestPollSeconds))}s`;
    const answer = await client.find({ ...request, query: { namespace: volume.Namespace, index, wait } });
    if (answer === undefined) throw new PluginFailure(`can't ${purpose}: Nomad no longer knows it`);
    volume = JSON.parse(answer.text) as ApiVolume;
    index = String(answer.headers["x-nomad-index"] ?? "0");
  }
  return volume;
}

async function find(client: NomadClient, state: State, operation: Operation): Promise<ApiVolume | undefined> {
  const answer = await client.find({
    method: "GET",
    path: pathOf(state.id),
    query: { namespace: namespaceOf(state) },
    purpose: `read the volume ${state.id}`,
    signal: operation.signal,
  });
  return answer === undefined ? undefined : (JSON.parse(answer.text) as ApiVolume);
}

function namespaceOf(state: State): string {
  return textOf(state.outputs, "namespace") || "default";
}

function pathOf(id: string): string {
  return `/v1/volume/host/${encodeURIComponent(id)}`;
}
