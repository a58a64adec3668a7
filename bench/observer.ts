import { z } from "zod";
import { pause } from "./pause";

/** What the observer is to look at. */
export interface Observed {
  readonly consulAddress: string;
  /** Folder of the cluster's keys in Consul. */
  readonly folder: string;
  readonly members: number;
}

/** When a cluster was seen to be so, as `performance.now()` counts. */
export interface Sighting {
  /** Consul held a leader key with a session. */
  readonly leaderAt: number;
  /** The leader's `pg_stat_replication` had every replica streaming. */
  readonly streamingAt: number;
  /** Besides, the leader answered `/primary`, and every replica said that it runs and streams, on the leader's timeline. */
  readonly readyAt: number;
  /** `host:port` of the leader's PostgreSQL. */
  readonly leader: string;
}

/** From one look to the next, in milliseconds. */
const everyMilliseconds = 15;

const keysSchema = z.array(
  z.object({ Key: z.string(), Value: z.string().nullable(), Session: z.string().optional() }),
);
const memberSchema = z.object({ api_url: z.string(), conn_url: z.string() });
const statusSchema = z.object({
  state: z.string(),
  timeline: z.number().optional(),
  replication_state: z.string().optional(),
  replication: z.array(z.object({ application_name: z.string(), state: z.string() })).optional(),
});

interface Member {
  readonly name: string;
  readonly apiUrl: string;
  readonly connUrl: string;
}

interface Keys {
  readonly leader: string | undefined;
  readonly members: readonly Member[];
}

type Status = z.infer<typeof statusSchema>;

/**
 * Looks at a cluster from outside until it is ready, by a loop of its own that shares nothing with the program's
 * wait: Consul's keys, then the leader's word, then the replicas'. It asks no more than it must, so that it
 * doesn't slow down what it looks at.
 * @throws at the deadline
 */
export async function observe(observed: Observed, timeoutSeconds: number): Promise<Sighting> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  let leaderAt: number | undefined;
  let streamingAt: number | undefined;
  for (;;) {
    const started = performance.now();
    const keys = await readKeys(observed).catch(() => undefined);
    if (keys?.leader !== undefined) leaderAt ??= performance.now();
    const streaming = keys === undefined ? undefined : await streamingFrom(keys, observed.members);
    if (streaming !== undefined) streamingAt ??= performance.now();
    if (leaderAt !== undefined && streamingAt !== undefined && streaming !== undefined) {
      if (await replicasAgree(streaming))
        return { leaderAt, streamingAt, readyAt: performance.now(), leader: hostOf(streaming.leader) };
    }
    if (started > deadline) throw new Error(`${observed.folder} was not ready after ${timeoutSeconds} s`);
    await pause(Math.max(0, everyMilliseconds - (performance.now() - started)));
  }
}

/** Leader and replicas once the leader sees every one of them stream. */
interface Streaming {
  readonly leader: Member;
  readonly timeline: number | undefined;
  readonly replicas: readonly Member[];
}

async function streamingFrom(keys: Keys, members: number): Promise<Streaming | undefined> {
  const leader = keys.members.find(({ name }) => name === keys.leader);
  if (leader === undefined) return undefined;
  const status = await readStatus(leader, "/primary");
  // A copy under way shows as streaming too, under the name pg_basebackup.
  const names = (status?.replication ?? []).flatMap(({ application_name: name, state }) =>
    state === "streaming" ? [name] : [],
  );
  const replicas = keys.members.filter((member) => member !== leader && names.includes(member.name));
  return replicas.length < members - 1 ? undefined : { leader, timeline: status?.timeline, replicas };
}

async function replicasAgree({ timeline, replicas }: Streaming): Promise<boolean> {
  const answers = await Promise.all(replicas.map((replica) => readStatus(replica, "/replica")));
  return answers.every(
    (answer) =>
      answer?.state === "running" && answer.replication_state === "streaming" && answer.timeline === timeline,
  );
}

async function readKeys({ consulAddress, folder }: Observed): Promise<Keys> {
  const response = await fetch(`${consulAddress}/v1/kv/${folder}/?recurse`, {
    headers: { "X-Consul-Token": process.env["CONSUL_HTTP_TOKEN"] ?? "" },
    signal: AbortSignal.timeout(2000),
  });
  if (!response.ok) return { leader: undefined, members: [] };
  const keys = keysSchema.parse(await response.json());
  const leader = keys.find(({ Key: key }) => key === `${folder}/leader`);
  const prefix = `${folder}/members/`;
  return {
    leader: leader?.Session === undefined ? undefined : decoded(leader.Value),
    members: keys.flatMap(({ Key: key, Value: value }) => {
      const found = memberSchema.safeParse(key.startsWith(prefix) ? parsed(decoded(value)) : undefined);
      if (!found.success) return [];
      return [{ name: key.slice(prefix.length), apiUrl: found.data.api_url, connUrl: found.data.conn_url }];
    }),
  };
}

/** A member's status if it answers the path with 200. */
async function readStatus(member: Member, path: string): Promise<Status | undefined> {
  try {
    const url = new URL(path, member.apiUrl);
    const response = await fetch(url, { signal: AbortSignal.timeout(1500) });
    const status = statusSchema.safeParse(await response.json());
    return response.ok && status.success ? status.data : undefined;
  } catch {
    return undefined;
  }
}

function hostOf({ connUrl }: Member): string {
  return new URL(connUrl).host;
}

function decoded(base64: string | null): string {
  return Buffer.from(base64 ?? "", "base64").toString("utf8");
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
