import { taskAuthMethod } from "../../lab/platform/consulAcl";
import { elements, fields, number, text } from "../../patroni/observed/json";
import { isAlive, parseAllocations, type Allocation } from "../../patroni/observed/nomadState";
import { memberPaths } from "../../patroni/patroniYml";
import { environment } from "./labSecrets";
import { labEngine } from "./memberImage";
import { nomad, type RealCluster } from "./realCluster";
import { eventually } from "./waiting";

/** What a request to one of the lab's systems came to. */
export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** The cluster's allocations that may still run. */
export async function allocationsOf({ jobId }: RealCluster): Promise<readonly Allocation[]> {
  return parseAllocations(await nomad("GET", `/v1/job/${jobId}/allocations`)).filter(isAlive);
}

/** The identity by which a member of the cluster logs in to Consul, as Nomad wrote it into the running task. */
export async function memberIdentity(cluster: RealCluster): Promise<string> {
  const [allocation] = await allocationsOf(cluster);
  if (allocation === undefined) throw new Error(`${cluster.jobId} doesn't run`);
  const container = labEngine().getContainer(`patroni-${allocation.id}`);
  const exec = await container.exec({
    Cmd: ["cat", memberPaths.consulIdentity],
    AttachStdout: true,
    Tty: true,
  });
  const stream = await exec.start({ Tty: true });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8").trim();
}

/** Logs in to Consul with an identity. */
export async function logIn(BearerToken: string, AuthMethod: string = taskAuthMethod): Promise<Reply> {
  return asTenant("", "POST", "/v1/acl/login", JSON.stringify({ AuthMethod, BearerToken }));
}

/** A token that Consul gives a member of the cluster. */
export async function memberToken(cluster: RealCluster): Promise<string> {
  const { status, text: said } = await logIn(await memberIdentity(cluster));
  if (status !== 200) throw new Error(`the login of ${cluster.jobId}: ${status} ${said}`);
  return text(fields(JSON.parse(said))["SecretID"]) ?? "";
}

/** Asks the agent of node1, as a member there would. */
export async function asTenant(token: string, method: string, path: string, body?: string): Promise<Reply> {
  const port = new URL(environment("CONSUL_HTTP_ADDR")).port;
  return ask(`http://127.0.0.11:${port}${path}`, { "X-Consul-Token": token }, method, body);
}

/** Sends a request and gives back whatever comes. */
export async function ask(
  url: string,
  headers: Record<string, string>,
  method: string,
  body?: string,
): Promise<Reply> {
  const signal = AbortSignal.timeout(10_000);
  const response = await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
  return { status: response.status, text: await response.text() };
}

/** The session that holds a cluster's leader lock, as Consul's administrator sees it. */
export async function leaderSession(cluster: string): Promise<string> {
  const headers = { "X-Consul-Token": environment("CONSUL_HTTP_TOKEN") };
  const url = `${environment("CONSUL_HTTP_ADDR")}/v1/kv/operations/${cluster}/leader`;
  const { status, text: said } = await ask(url, headers, "GET");
  if (status !== 200) return "";
  return text(fields(elements(JSON.parse(said))[0])["Session"]) ?? "";
}

/** Waits until somebody holds the cluster's leader lock and every member of the job's latest version runs. */
export async function untilLed(cluster: RealCluster): Promise<void> {
  const { name, members } = cluster.cluster;
  const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
    const version = number(fields(await nomad("GET", `/v1/job/${cluster.jobId}`))["Version"]);
    const running = (await allocationsOf(cluster)).filter(
      ({ client, jobVersion }) => client === "running" && jobVersion === version,
    );
    const session = await leaderSession(name);
    saw({ running: running.length, session });
    return running.length === members && session !== "" ? true : undefined;
  };
  await eventually(`${name} has a leader`, look, { timeoutSeconds: 120 });
}
