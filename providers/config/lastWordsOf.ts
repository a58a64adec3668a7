import { isHollow, lastWords } from "../../patroni/causes/lastWords";
import { isNameOf } from "../../patroni/observed/memberOf";
import { clusterNames } from "../../patroni/names";
import { isAlive, parseAllocations } from "../../patroni/observed/nomadState";
import { HttpError, nomadApi, sendJson } from "../http";
import { readLogTail } from "../nomadLogs";
import { placeQuery } from "../nomadPlace";
import type { ConfigInputs } from "./model";
import { Deadline, until } from "./until";

/** How long a line may take from PostgreSQL, through the driver's logger, to where Nomad shows it. */
const onItsWaySeconds = 2;

/** How much of a log's end is read: what a failed start leaves, and the retries since. */
const tailBytes = 24 * 1024;

/**
 * What PostgreSQL last said on a member, from the log of its task: it goes where Patroni's own lines go. Looks again
 * for a moment while the log has no reason yet. Only the best of efforts: undefined where Nomad isn't known or doesn't
 * show it.
 */
export async function lastWordsOf(inputs: ConfigInputs, member: string): Promise<string | undefined> {
  const place = await findTask(inputs, member);
  if (place === undefined) return undefined;
  let words: string | undefined;
  await until(new Deadline(onItsWaySeconds), async () => {
    const lines = await readLogTail(inputs, { ...place, stream: "stderr", bytes: tailBytes });
    words = lastWords((lines ?? []).filter((line) => /\b(FATAL|PANIC|HINT|ERROR):/.test(line)));
    return words === undefined || !isHollow(words) ? true : undefined;
  });
  return words;
}

/** The member's task; undefined where Nomad isn't known, or doesn't know it. */
async function findTask(
  inputs: ConfigInputs,
  member: string,
): Promise<{ readonly allocationId: string; readonly task: string } | undefined> {
  if (inputs.nomadAddress === "") return undefined;
  const path = `/v1/job/${encodeURIComponent(clusterNames({ name: inputs.cluster }).job)}/allocations`;
  try {
    const listed = await sendJson(nomadApi(inputs.nomadAddress), {
      method: "GET",
      path,
      query: placeQuery(inputs),
    });
    const allocation = parseAllocations(listed).find((one) => isAlive(one) && isNameOf(member, one));
    const task = allocation?.tasks[0];
    return allocation === undefined || task === undefined
      ? undefined
      : { allocationId: allocation.id, task: task.name };
  } catch (error) {
    if (error instanceof HttpError) return undefined;
    throw error;
  }
}
