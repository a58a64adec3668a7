import { fields, text } from "../../patroni/observed/json";
import { missingInVault } from "../../patroni/causes/fromVault";
import { currentAllocations } from "../../patroni/observed/snapshot";
import { untilDeadline } from "../endedEarly";
import { pause } from "./followChanges";
import type { Observations } from "./observations";

/** A look-up that failed is tried again after at most a minute; most answers come within seconds. */
const listenMs = 60_000;

/** So many records are enough to name a cause. */
const recordsAtMost = 50;

/** A record of Nomad's log starts with its time; Vault's answer in it may take several lines. */
const recordStart = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/**
 * While a member's template waits for something in Vault, listens to the log of its node's Nomad client: the only
 * place where Nomad says what Vault answered (the task's event is only "Missing: vault.read(…)"). It needs the
 * right `agent:read`; without it there is nothing to hear, and the cause is named less precisely.
 *
 * Source: https://developer.hashicorp.com/nomad/api-docs/agent#stream-logs
 */
export async function watchVaultLookups(observations: Observations, signal: AbortSignal): Promise<void> {
  const heard = new Set<string>();
  while (!signal.aborted) {
    const waiting = currentAllocations(observations.expectation, observations).flatMap(
      ({ id, nodeId, tasks }) =>
        heard.has(id)
          ? []
          : tasks.flatMap((task) => missingInVault(task) ?? []).map((missing) => ({ id, nodeId, missing })),
    );
    const [first] = waiting;
    if (first === undefined) {
      await observations.nextChange(1_000, signal);
      continue;
    }
    heard.add(first.id);
    await listen(observations, first.nodeId, lookupName(first.missing), signal);
  }
}

/** The first look-up in a list such as `vault.read(a), vault.read(b)`. */
function lookupName(missing: string): string {
  return /vault\.\w+\([^)]*\)/.exec(missing)?.[0] ?? missing;
}

async function listen(
  observations: Observations,
  nodeId: string,
  lookup: string,
  signal: AbortSignal,
): Promise<void> {
  const { nomadAddress, nomadRegion } = observations.expectation;
  const query = new URLSearchParams({
    node_id: nodeId,
    log_level: "warn",
    // In frames, of which Nomad sends an empty one every second: plain text has no headers before its first line.
    plain: "false",
    region: nomadRegion,
  });
  const token = process.env["NOMAD_TOKEN"] ?? "";
  try {
    const url = `${nomadAddress.replace(/\/+$/, "")}/v1/agent/monitor?${query.toString()}`;
    const headers: Record<string, string> = token === "" ? {} : { "X-Nomad-Token": token };
    await untilDeadline(listenMs, signal, async (ends) => {
      const response = await fetch(url, { headers, signal: ends });
      if (!response.ok || response.body === null) return;
      observations.clientLogReadable = true;
      await collect(response.body, lookup, observations);
    });
  } catch {
    // No right, no connection, or time is up: what was heard until then stands, and the wait goes on without.
    await pause(1_000, signal);
  }
}

/** Puts a record together from its lines, and keeps those that speak of the look-up. */
async function collect(
  body: AsyncIterable<Uint8Array>,
  lookup: string,
  observations: Observations,
): Promise<void> {
  let record = "";
  let rest = "";
  const keep = () => {
    if (!record.includes(lookup) || observations.vaultLookups.length >= recordsAtMost) return;
    observations.vaultLookups.push(record);
    observations.changed();
  };
  for await (const part of logText(body)) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (recordStart.test(line)) {
        keep();
        record = line;
      } else record += ` ${line.trim()}`;
    }
    // Several lines of one record come in one frame: what is complete by then counts.
    if (rest === "") {
      keep();
      record = "";
    }
  }
}

/** The log in a stream of frames: JSON objects one after the other, the text in them in base64. */
async function* logText(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const frames = (rest + decoder.decode(chunk, { stream: true })).split(/(?<=\})/);
    rest = frames.at(-1)?.endsWith("}") === false ? (frames.pop() ?? "") : "";
    for (const frame of frames) {
      const data = text(fields(JSON.parse(frame))["Data"]);
      if (data !== undefined) yield Buffer.from(data, "base64").toString("utf8");
    }
  }
}
