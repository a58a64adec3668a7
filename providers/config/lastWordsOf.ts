import { isHollow, lastWords } from "../../patroni/causes/lastWords";
import { isNameOf } from "../../patroni/observed/memberOf";
import { clusterNames } from "../../patroni/names";
import { isAlive, parseAllocations } from "../../patroni/observed/nomadState";
import { HttpError, nomadApi, send, sendJson } from "../http";
import type { ConfigInputs } from "./model";

/** How long a line may take from PostgreSQL, through the driver's logger, to where Nomad shows it. */
const onItsWayMs = 2_000;
const lookAgainMs = 250;

/** How much of a log's end is read: what a failed start leaves, and the retries since. */
const tailBytes = 24 * 1024;

/**
 * What PostgreSQL last said on a member, from the log of its task: it goes where Patroni's own lines go. Looks again
 * for a moment while the log has no reason yet. Only the best of efforts: undefined where Nomad isn't known or doesn't
 * show it.
 */
export async function lastWordsOf(inputs: ConfigInputs, member: string): Promise<string | undefined> {
  const until = Date.now() + onItsWayMs;
  for (;;) {
    const words = await readLastWords(inputs, member);
    if (words === undefined || !isHollow(words) || Date.now() >= until) return words;
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
}

async function readLastWords(inputs: ConfigInputs, member: string): Promise<string | undefined> {
  if (inputs.nomadAddress === "") return undefined;
  const api = nomadApi(inputs.nomadAddress);
  const scope = { namespace: inputs.nomadNamespace, region: inputs.nomadRegion };
  try {
    const path = `/v1/job/${encodeURIComponent(clusterNames({ name: inputs.cluster }).job)}/allocations`;
    const allocations = parseAllocations(await sendJson(api, { method: "GET", path, query: scope }));
    const allocation = allocations.find((one) => isAlive(one) && isNameOf(member, one));
    const task = allocation?.tasks[0];
    if (allocation === undefined || task === undefined) return undefined;
    const query = {
      task: task.name,
      type: "stderr",
      origin: "end",
      offset: String(tailBytes),
      plain: "true",
    };
    const logs = `/v1/client/fs/logs/${allocation.id}`;
    const reply = await send(api, {
      method: "GET",
      path: logs,
      query: { ...scope, ...query },
      timeoutSeconds: 4,
    });
    if (reply.status !== 200) return undefined;
    const lines = reply.text.split("\n").filter((line) => /\b(FATAL|PANIC|HINT|ERROR):/.test(line));
    return lastWords(lines);
  } catch (error) {
    if (error instanceof HttpError) return undefined;
    throw error;
  }
}
