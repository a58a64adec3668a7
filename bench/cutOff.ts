import { Client } from "pg";
import { holds, notYet, waitUntil } from "../lab/platform/waiting";
import { ask } from "../lab/platform/http";
import type { GapSubject } from "./gapSubjects";

/** On a busy machine Docker's freezer gives up now and then. */
const frozenWithinSeconds = 30;

/** How long the others may take to have another leader. */
const ledWithinSeconds = 60;

/** A leader that was cut off, has WAL that nobody else has, and doesn't know that another leads. */
export interface CutOff {
  /** Id of its container. */
  readonly container: string;
  /** Lets it go on. */
  readonly thaw: () => Promise<void>;
}

/**
 * Has the leader write what no replica gets, and freezes it until another leads. Its lock is taken away, which would
 * else last for as long as its session.
 * @throws when nobody else leads in time; what was frozen goes on then
 */
export async function cutOffLeader(
  subject: GapSubject,
  write: (leader: Client) => Promise<void>,
): Promise<CutOff> {
  const { leader } = await subject.whole();
  const { settings, api, docker } = subject.bench.context;
  const nodes = settings.nodes.map(({ name, address }) => ({
    name,
    leads: leader.startsWith(`${address}:`),
  }));
  const idsOf = async (leads: boolean): Promise<readonly string[]> =>
    Promise.all(
      nodes
        .filter((node) => node.leads === leads)
        .map(async ({ name }) => (await subject.containerOn(name)).id),
    );
  const [[container = ""], replicas] = await Promise.all([idsOf(true), idsOf(false)]);
  const thaw = async (id: string): Promise<void> => {
    await docker.getContainer(id).unpause();
  };
  const frozen: string[] = [];
  const freeze = async (id: string): Promise<void> => {
    const look = async () =>
      docker
        .getContainer(id)
        .pause()
        .then(() => holds);
    await waitUntil(look, { withinSeconds: frozenWithinSeconds });
    frozen.push(id);
  };
  try {
    for (const replica of replicas) await freeze(replica);
    await withLeader(subject, leader, async (client) => {
      // What was sent already would reach them.
      await client.query("select pg_terminate_backend(pid) from pg_stat_replication");
      await write(client);
    });
    await freeze(container);
    for (const replica of replicas) await thaw(replica);
    frozen.splice(0, replicas.length);
    await api.consul("DELETE", `/v1/kv/${subject.bench.folder}/leader`);
    await untilAnotherLeads(subject, leader);
    return { container, thaw: async () => thaw(container) };
  } catch (error) {
    for (const id of frozen) await thaw(id).catch(() => undefined);
    throw error;
  }
}

/** Works over a connection to the leader's PostgreSQL, given as `host:port`. */
export async function withLeader<T>(
  { bench }: GapSubject,
  leader: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const [host = "", port = ""] = leader.split(":");
  const client = new Client({ host, port: Number(port), database: "postgres", ...(await bench.superuser()) });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Waits until a member other than the one at `former` has the lock and answers as the leader. */
async function untilAnotherLeads(subject: GapSubject, former: string): Promise<void> {
  const look = async () => {
    const { leader, members } = await subject.keys();
    const leading = members.find(({ name }) => name === leader);
    if (leading?.apiUrl === undefined) return notYet("nobody has the lock");
    if (`${leading.host ?? ""}:${leading.port ?? ""}` === former) return notYet("it has its lock again");
    const { status } = await ask(`${leading.apiUrl}/primary`);
    return status === 200 ? holds : notYet(`${leading.name} answers with ${status}`);
  };
  await waitUntil(look, { withinSeconds: ledWithinSeconds, everyMilliseconds: 100 });
}
