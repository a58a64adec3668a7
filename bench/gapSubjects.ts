import { labContainers, containerProcess, type LabContainer } from "../lab/platform/containers";
import { ask } from "../lab/platform/http";
import { holds, notYet, waitUntil } from "../lab/platform/waiting";
import { clusterNames } from "../patroni/names";
import { parseScopeKeys, type ScopeKeys } from "../patroni/observed/consulKeys";
import { elements, fields, number, text } from "../patroni/observed/json";
import { BenchCluster } from "./benchCluster";
import { tenant, type BenchContext } from "./context";
import { GapWriter, type Endpoint } from "./gapWriter";
import { observe, type Sighting } from "./observer";
import { plainJob, plainMembers } from "./plainJob";

/** How long a cluster may take to be whole again after something was done to it. */
const wholeWithinSeconds = 90;

/** A cluster of three members that things are done to while a client writes. */
export class GapSubject {
  private memoryMb: number;

  private constructor(
    readonly bench: BenchCluster,
    private readonly specOf: (memoryMb: number) => unknown,
    private readonly isPlain: boolean,
  ) {
    this.memoryMb = bench.cluster.resources.memoryMb;
  }

  /** A cluster as the program makes it, with these settings of a tenant besides. */
  static ours(context: BenchContext, settings: Readonly<Record<string, unknown>> = {}): GapSubject {
    const bench = new BenchCluster(context, tenant(context, "gap", { ...settings, members: 3 }));
    const { resources } = bench.cluster;
    return new GapSubject(
      bench,
      (memoryMb) => bench.jobspec({ resources: { ...resources, memoryMb } }),
      false,
    );
  }

  /** The plain job. */
  static plain(context: BenchContext): GapSubject {
    const bench = new BenchCluster(context, plainMembers(context));
    return new GapSubject(bench, (memoryMb) => plainJob(bench, memoryMb), true);
  }

  /** Brings it up from nothing and waits until every member streams. */
  async comeUp(): Promise<void> {
    const { api } = this.bench.context;
    await this.bench.prepare();
    if (this.isPlain) await api.consul("DELETE", `/v1/kv/${this.bench.folder}/config`);
    await this.bench.register(this.specOf(this.memoryMb));
    await this.whole();
  }

  /** Takes it away with its data. */
  async remove(): Promise<void> {
    await this.bench.remove();
  }

  /** Registers a new version with a little more memory, and waits until Nomad has replaced every member by it. */
  async update(): Promise<void> {
    this.memoryMb += 1;
    const { version } = await this.bench.register(this.specOf(this.memoryMb));
    const { api } = this.bench.context;
    await waitUntil(
      async () => {
        const deployment = fields(await api.nomad("GET", `/v1/job/${this.bench.job}/deployment`));
        const state = `${text(deployment["Status"]) ?? "no deployment"} of version ${String(deployment["JobVersion"])}`;
        return state === `successful of version ${version}` ? holds : notYet(state);
      },
      { withinSeconds: wholeWithinSeconds, everyMilliseconds: 250 },
    );
  }

  /** Waits until Nomad runs three members and an independent observer sees every replica stream. */
  async whole(): Promise<Sighting> {
    const { context, folder, cluster, job } = this.bench;
    await waitUntil(
      async () => {
        const found = elements(await context.api.nomad("GET", `/v1/job/${job}/allocations`)).map(fields);
        const running = found.filter(
          ({ ClientStatus, DesiredStatus }) =>
            `${String(ClientStatus)} ${String(DesiredStatus)}` === "running run",
        );
        return running.length === cluster.members ? holds : notYet(`${running.length} members run`);
      },
      { withinSeconds: wholeWithinSeconds, everyMilliseconds: 250 },
    );
    const consulAddress = context.platform.consul.address;
    return observe({ consulAddress, folder, members: cluster.members }, wholeWithinSeconds);
  }

  /** A client that writes every 20 ms, and finds members as Consul lists them. */
  async writer(): Promise<GapWriter> {
    const credentials = await this.bench.superuser();
    return new GapWriter({ ...credentials, endpoints: () => this.endpoints(), intervalMilliseconds: 20 });
  }

  /**
   * Asks the leader to hand over to whom Patroni chooses, as `patronictl switchover` does. Comes back when another leads.
   * @throws with Patroni's words when it doesn't
   */
  async switchover(): Promise<void> {
    const { leader, members } = await this.keys();
    const apiUrl = members.find(({ name }) => name === leader)?.apiUrl;
    if (apiUrl === undefined) throw new Error("there is no leader to hand over");
    const { status, text: said } = await ask(`${apiUrl}/switchover`, {
      method: "POST",
      body: { leader },
      timeoutSeconds: 60,
    });
    if (status !== 200) throw new Error(`Patroni says: ${said} (${status})`);
  }

  /** What Patroni keeps in Consul. */
  async keys(): Promise<ScopeKeys> {
    const { context, folder } = this.bench;
    return parseScopeKeys(`${folder}/`, await context.api.consul("GET", `/v1/kv/${folder}/?recurse`));
  }

  /** The container in which the member on a node runs. @throws when there is none */
  async containerOn(node: string): Promise<LabContainer> {
    const { settings, engine } = this.bench.context;
    const nodes = settings.nodes.filter(({ name }) => name === node);
    for (const container of await labContainers(settings, engine, nodes)) {
      if ((await containerProcess(engine, container)) !== undefined) return container;
    }
    throw new Error(`no container of the lab runs on ${node}`);
  }

  /** Where the members' PostgreSQL listens, as Consul's catalog has it. */
  async endpoints(): Promise<readonly Endpoint[]> {
    const service = clusterNames(this.bench.cluster).postgresService;
    const entries = elements(await this.bench.context.api.consul("GET", `/v1/catalog/service/${service}`));
    return entries.map(fields).flatMap((entry) => {
      const host = text(entry["ServiceAddress"]) ?? text(entry["Address"]);
      const port = number(entry["ServicePort"]);
      return host === undefined || port === undefined ? [] : [{ host, port }];
    });
  }
}
