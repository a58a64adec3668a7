import type { Change, Changes } from "../framework/diff";
import { PartialFailure, PluginFailure } from "../framework/failure";
import type { Operation, ResourceType, State } from "../framework/plugin";
import { textOf } from "../framework/values";
import type { Bag } from "../framework/values";
import type { NomadClient } from "./client";
import { waitForDeployment } from "./deployment";
import { foreseenOutputs, jobOutputs } from "./jobOutputs";
import { parseJobspec, sameJobspec } from "./jobspec";
import type { Jobspec } from "./jobspec";
import { jobSchema } from "./schema";

/** `nomad.Job`: registers a jobspec, and registers it again when it says something else. Its ID is the job's. */
export function jobResource(client: NomadClient): ResourceType {
  return {
    schema: jobSchema,

    check: (inputs) => Promise.resolve({ failures: jobspecFailures(inputs) }),

    equality: (input, old, value) =>
      input === "jobspec" && typeof old === "string" && typeof value === "string" && sameJobspec(old, value),

    diff: (changes, olds, news, operation) => jobChanges(client, changes, { olds, news }, operation),

    foresee: (inputs) => {
      const text = inputs["jobspec"];
      return typeof text === "string" ? foreseenOutputs(parseJobspec(text)) : {};
    },

    create: (inputs, operation) => register(client, inputs, operation),

    update: async (_state, _olds, news, operation) => (await register(client, news, operation)).outputs,

    read: async (state, inputs, operation) => {
      const job = jobOf(state);
      const found = await describe(client, job, state.outputs["readAllocationIds"] === true, operation);
      if (found === undefined) return undefined;
      const { deploymentId = "", deploymentStatus = "" } = state.outputs;
      return { id: job.id, outputs: { ...state.outputs, ...found, deploymentId, deploymentStatus }, inputs };
    },

    delete: (state, operation) => deregister(client, state, operation),
  };
}

const update: Change = { kind: "update", replaces: false };

async function jobChanges(
  client: NomadClient,
  changes: Changes,
  { olds, news }: { readonly olds: Bag; readonly news: Bag },
  operation: Operation,
): Promise<Changes> {
  const found = new Map(changes);
  if (changes.has("jobspec") && typeof news["jobspec"] === "string") {
    found.set("jobspec", await jobspecChange(client, olds, news, operation));
  }
  // What the last refresh saw decides, as in the real provider.
  if (news["rerunIfDead"] === true && olds["status"] === "dead") found.set("rerunIfDead", update);
  return found;
}

async function deregister(client: NomadClient, state: State, operation: Operation): Promise<void> {
  if (state.outputs["deregisterOnDestroy"] === false) return;
  const { id, namespace } = jobOf(state);
  await client.find({
    method: "DELETE",
    path: `/v1/job/${encodeURIComponent(id)}`,
    query: { namespace, purge: state.outputs["purgeOnDestroy"] === true },
    purpose: `stop the job "${id}"`,
    signal: operation.signal,
  });
}

function jobspecFailures(inputs: Bag): { property: string; reason: string }[] {
  const { json, jobspec } = inputs;
  if (json === undefined || json === false) {
    return [
      {
        property: "json",
        reason: `the stand-in for the nomad plugin reads jobspecs in JSON only: set json to true and write the jobspec in the form of Nomad's API`,
      },
    ];
  }
  if (typeof jobspec !== "string") return [];
  try {
    parseJobspec(jobspec);
    return [];
  } catch (error) {
    return [{ property: "jobspec", reason: (error as Error).message }];
  }
}

/**
 * A job of another name or namespace is another resource. Otherwise Nomad is asked what it has: a plan against
 * something that isn't what the state describes would show the wrong change.
 */
async function jobspecChange(
  client: NomadClient,
  olds: Bag,
  news: Bag,
  operation: Operation,
): Promise<Change> {
  const job = parseJobspec(textOf(news, "jobspec"));
  if (olds["namespace"] !== undefined && olds["namespace"] !== job.Namespace)
    return { kind: "update", replaces: true };
  if (olds["name"] !== undefined && olds["name"] !== job.ID) {
    return { kind: "update", replaces: news["deregisterOnIdChange"] !== false };
  }
  const index = await plannedIndex(client, job, news, operation);
  const expected = Number(olds["modifyIndex"] ?? 0);
  if (index !== undefined && index !== expected) {
    throw new PluginFailure(
      `job modify index has changed since last refresh: somebody else changed the job "${job.ID}" (Nomad is at ` +
        `${index}, the state at ${expected}). Look at it with "nomad job history ${job.ID}", then run: pulumi refresh`,
    );
  }
  return update;
}

/** Undefined when Nomad can't plan it: then registering will say why, and a preview only warns. */
async function plannedIndex(
  client: NomadClient,
  job: Jobspec,
  inputs: Bag,
  operation: Operation,
): Promise<number | undefined> {
  try {
    const planned = (await client.json({
      method: "PUT",
      path: `/v1/job/${encodeURIComponent(job.ID)}/plan`,
      query: { namespace: job.Namespace },
      body: { Job: job, Diff: false, PolicyOverride: inputs["policyOverride"] === true },
      purpose: `plan the job "${job.ID}"`,
      signal: operation.signal,
      timeoutSeconds: 10,
    })) as { readonly JobModifyIndex: number };
    return planned.JobModifyIndex;
  } catch (error) {
    if (!(error instanceof PluginFailure)) throw error;
    await operation.progress.warn(error.message);
    return undefined;
  }
}

async function register(client: NomadClient, inputs: Bag, operation: Operation): Promise<State> {
  const job = parseJobspec(textOf(inputs, "jobspec"));
  const name = { id: job.ID, namespace: job.Namespace };
  const registered = (await client.json({
    method: "PUT",
    path: "/v1/jobs",
    query: { namespace: job.Namespace },
    body: {
      Job: job,
      PolicyOverride: inputs["policyOverride"] === true,
      PreserveCounts: inputs["preserveCounts"] === true,
    },
    purpose: `register the job "${job.ID}"`,
    signal: operation.signal,
  })) as { readonly EvalID?: string; readonly JobModifyIndex: number; readonly Warnings?: string };
  if (registered.Warnings) await operation.progress.warn(registered.Warnings.trim());
  const pending = { ...inputs, ...foreseenOutputs(job), modifyIndex: String(registered.JobModifyIndex) };
  try {
    const deployment =
      inputs["detach"] === false && registered.EvalID
        ? await waitForDeployment(client, name, registered.EvalID, operation)
        : undefined;
    const found = await describe(client, name, inputs["readAllocationIds"] === true, operation);
    if (found === undefined)
      throw new PluginFailure(`the job "${job.ID}" was removed as soon as it was registered`);
    const { id: deploymentId = "", status: deploymentStatus = "" } = deployment ?? {};
    return { id: job.ID, outputs: { ...inputs, ...found, deploymentId, deploymentStatus } };
  } catch (error) {
    if (error instanceof PluginFailure) throw new PartialFailure(error.message, job.ID, pending);
    throw error;
  }
}

/** A job's outputs, or undefined when Nomad doesn't know it. */
async function describe(
  client: NomadClient,
  job: { readonly id: string; readonly namespace: string },
  withAllocations: boolean,
  operation: Operation,
): Promise<Bag | undefined> {
  const path = `/v1/job/${encodeURIComponent(job.id)}`;
  const request = {
    method: "GET" as const,
    query: { namespace: job.namespace },
    purpose: `read the job "${job.id}"`,
    signal: operation.signal,
  };
  const answer = await client.find({ ...request, path });
  if (answer === undefined) return undefined;
  if (!withAllocations) return { ...jobOutputs(answer.text), allocationIds: [] };
  const allocations = (await client.json({ ...request, path: `${path}/allocations` })) as readonly {
    ID: string;
  }[];
  return { ...jobOutputs(answer.text), allocationIds: allocations.map((allocation) => allocation.ID) };
}

/** The job that a state is about. Before it is read for the first time, an import's ID is `<job ID>@<namespace>`. */
function jobOf(state: State): { id: string; namespace: string } {
  const { name, namespace } = state.outputs;
  if (typeof name === "string" && typeof namespace === "string") return { id: name, namespace };
  const at = state.id.lastIndexOf("@");
  return at < 0
    ? { id: state.id, namespace: "default" }
    : { id: state.id.slice(0, at), namespace: state.id.slice(at + 1) };
}
