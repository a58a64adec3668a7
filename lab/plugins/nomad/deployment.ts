import { PluginFailure } from "../framework/failure";
import type { Operation } from "../framework/plugin";
import type { NomadClient } from "./client";

/** A deployment that came to its end well. */
export interface FinishedDeployment {
  readonly id: string;
  readonly status: string;
}

interface Evaluation {
  readonly ID: string;
  readonly Status: string;
  readonly StatusDescription?: string;
  readonly NextEval?: string;
  readonly DeploymentID?: string;
}

interface Deployment {
  readonly ID: string;
  readonly Status: string;
  readonly StatusDescription?: string;
}

// The Terraform provider's default for creating and updating a job.
const defaultTimeoutSeconds = 300;
const longestPollSeconds = 10;

/**
 * Follows an evaluation and those that come after it, then the deployment that they made, as `detach: false` asks.
 *
 * @returns undefined when there is no deployment to follow, as for batch and system jobs.
 * @throws {PluginFailure} when the evaluation or the deployment fails, or at the deadline.
 */
export async function waitForDeployment(
  client: NomadClient,
  job: { readonly id: string; readonly namespace: string },
  evaluationId: string,
  operation: Operation,
): Promise<FinishedDeployment | undefined> {
  const deadline = Date.now() + (operation.timeoutSeconds ?? defaultTimeoutSeconds) * 1000;
  const purpose = `follow the job "${job.id}"`;
  const watch = <T extends { readonly Status: string }>(
    path: string,
    ended: (state: T) => boolean,
  ): Promise<T> => poll(client, { path, namespace: job.namespace, purpose, deadline }, ended, operation);

  let next: string | undefined = evaluationId;
  let deploymentId: string | undefined;
  while (next !== undefined && next !== "") {
    const evaluation: Evaluation = await watch<Evaluation>(`/v1/evaluation/${next}`, (state) =>
      ["complete", "failed", "canceled"].includes(state.Status),
    );
    if (evaluation.Status !== "complete") throw new PluginFailure(ended(job.id, "evaluation", evaluation));
    deploymentId = evaluation.DeploymentID;
    next = evaluation.NextEval;
  }
  if (deploymentId === undefined || deploymentId === "") return undefined;
  const deployment = await watch<Deployment>(`/v1/deployment/${deploymentId}`, (state) =>
    ["successful", "failed", "cancelled"].includes(state.Status),
  );
  if (deployment.Status !== "successful") throw new PluginFailure(ended(job.id, "deployment", deployment));
  return { id: deployment.ID, status: deployment.Status };
}

function ended(job: string, what: string, state: Evaluation | Deployment): string {
  return (
    `the job "${job}" is registered, but its ${what} ${state.ID} ended as ${state.Status}: ` +
    `${state.StatusDescription ?? "no reason given"}. See: nomad job status ${job}`
  );
}

/** Reads by blocking queries until `ended` says so. */
async function poll<T extends { readonly Status: string }>(
  client: NomadClient,
  what: {
    readonly path: string;
    readonly namespace: string;
    readonly purpose: string;
    readonly deadline: number;
  },
  ended: (state: T) => boolean,
  operation: Operation,
): Promise<T> {
  let index = "0";
  let last = "";
  // It is looked at once at least: what was followed before may have taken all the time.
  for (;;) {
    const left = (what.deadline - Date.now()) / 1000;
    const seconds = Math.max(1, Math.ceil(Math.min(left, longestPollSeconds)));
    const answer = await client.find({
      method: "GET",
      path: what.path,
      query: { namespace: what.namespace, index, wait: `${seconds}s` },
      purpose: what.purpose,
      signal: operation.signal,
      timeoutSeconds: longestPollSeconds + 5,
    });
    if (answer === undefined)
      throw new PluginFailure(`can't ${what.purpose}: Nomad no longer knows ${what.path}`);
    const state = JSON.parse(answer.text) as T;
    if (ended(state)) return state;
    if (Date.now() >= what.deadline)
      throw new PluginFailure(`can't ${what.purpose} any longer: at its deadline it was "${state.Status}"`);
    if (state.Status !== last)
      await operation.progress.status(`${what.path.split("/")[2] ?? ""} is ${state.Status}`);
    last = state.Status;
    index = String(answer.headers["x-nomad-index"] ?? "0");
  }
}
