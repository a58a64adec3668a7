import { isAlive, parseAllocations, type Allocation } from "../../patroni/observed/nomadState";
import { nomadApi, sendJson } from "../http";
import { placeQuery } from "../nomadPlace";
import type { RotationInputs } from "./model";

/** A member's allocation, and whether its task runs. */
export interface MemberRun {
  readonly allocation: string;
  readonly node: string;
  readonly running: boolean;
  /** 0: not yet, in what Nomad keeps of its history. */
  readonly reloadedAt: number;
}

/**
 * The job's allocations that are to run. Nomad notes in a task's history when it has sent the template's signal
 * ("Template re-rendered", `TaskTemplateManager.onTemplateRendered` in 1.11.3). Throws an HttpError.
 */
export async function readRuns(inputs: RotationInputs): Promise<readonly MemberRun[]> {
  const listed = await sendJson(nomadApi(inputs.nomadAddress), {
    method: "GET",
    path: `/v1/job/${encodeURIComponent(inputs.jobId)}/allocations`,
    query: placeQuery(inputs),
    right: "read-job",
  });
  return parseAllocations(listed)
    .filter((allocation) => allocation.desired === "run" && isAlive(allocation))
    .map((allocation) => ({
      allocation: allocation.id,
      node: allocation.nodeName,
      running: allocation.client === "running",
      reloadedAt: lastReload(allocation),
    }));
}

function lastReload({ tasks }: Allocation): number {
  const events = tasks.flatMap((task) => task.events);
  return Math.max(0, ...events.filter(({ type }) => type === "Signaling").map(({ time }) => time));
}

/**
 * Of the allocations whose task ran before, those where it runs on and hasn't been told since. One that started meanwhile
 * has read what there is now.
 */
export function notReloaded(before: readonly MemberRun[], now: readonly MemberRun[]): readonly MemberRun[] {
  const known = new Map(
    before.filter(({ running }) => running).map((run) => [run.allocation, run.reloadedAt]),
  );
  return now.filter(({ allocation, running, reloadedAt }) => {
    const then = known.get(allocation);
    return running && then !== undefined && reloadedAt <= then;
  });
}
