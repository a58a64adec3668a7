import type Dockerode from "dockerode";
import { stringify } from "yaml";
import { query } from "./database";
import { freePort } from "./freePort";
import { hardening } from "./imageContainer";
import { consulToken, environment } from "./labSecrets";
import { putMemberFile } from "./memberFile";
import { eventually } from "./waiting";

/** Where a cluster of real members keeps its keys, and how its members are called. */
export interface RealMembersPlace {
  readonly docker: Dockerode;
  readonly image: string;
  readonly consulAddress: string;
  /** Patroni's namespace and scope: the folder of the keys. Containers are named after them. */
  readonly namespace: string;
  readonly scope: string;
}

interface RealMember {
  readonly name: string;
  readonly container: Dockerode.Container;
  readonly api: number;
  readonly postgres: number;
}

const password = "for-this-test";

/**
 * A real Patroni cluster without Nomad: its members run straight from the image on the host's network, on free
 * loopback ports, with a real Consul. They take their dynamic configuration from Consul, as the jobs' do.
 */
export class RealMembers {
  private readonly members: RealMember[] = [];

  constructor(private readonly place: RealMembersPlace) {}

  /** Starts one more member, `node1` first. */
  async add(): Promise<void> {
    const { docker, image, namespace, scope } = this.place;
    const name = `node${this.members.length + 1}`;
    const container = await docker.createContainer({
      name: `${namespace}-${scope}-${name}`,
      Image: image,
      Tty: true,
      Healthcheck: { Test: ["NONE"] },
      HostConfig: {
        NetworkMode: "host",
        CapDrop: [...hardening.CapDrop],
        SecurityOpt: [...hardening.SecurityOpt],
      },
    });
    const [api, postgres] = [await freePort(), await freePort()];
    this.members.push({ name, container, api, postgres });
    await putMemberFile(container, "patroni.yml", stringify(this.config(name, api, postgres)));
    await container.start();
  }

  /**
   * Has a member, as a replica, replay each commit so long after it was made (PostgreSQL's `recovery_min_apply_delay`), or
   * at once again. A replay that is merely paused Patroni 4.1.5 resumes in its next cycle.
   */
  async delayReplay(name: string, delay: string | undefined): Promise<void> {
    const { container, api, postgres } = this.find(name);
    const config = this.config(name, api, postgres);
    const recovery = delay === undefined ? {} : { recovery_conf: { recovery_min_apply_delay: delay } };
    const changed = { ...config, postgresql: { ...config.postgresql, ...recovery } };
    await putMemberFile(container, "patroni.yml", stringify(changed));
    await this.ask(name, "POST", "/reload", {});
  }

  /** Waits until one member leads and all others stream. */
  async untilWhole(timeoutSeconds: number): Promise<void> {
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const states = await Promise.all(this.members.map(({ name }) => this.status(name)));
      saw(states);
      const leaders = states.filter(({ role }) => role === "primary");
      const streaming = states.filter(({ replication_state }) => replication_state === "streaming");
      return leaders.length === 1 && streaming.length === this.members.length - 1 ? true : undefined;
    };
    await eventually("a whole cluster", look, { timeoutSeconds });
  }

  /** What a member says of itself (`GET /patroni`). */
  async status(name: string): Promise<Readonly<Record<string, unknown>>> {
    const url = `http://127.0.0.1:${this.find(name).api}/patroni`;
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    return (await response.json()) as Record<string, unknown>;
  }

  /** Sends a request to a member's Patroni. Throws with its words when it says no. */
  async ask(name: string, method: string, path: string, body: object): Promise<void> {
    const url = `http://127.0.0.1:${this.find(name).api}${path}`;
    const signal = AbortSignal.timeout(60_000);
    const answer = await fetch(url, { method, body: JSON.stringify(body), signal });
    if (!answer.ok) throw new Error(`${method} ${url}: ${await answer.text()}`);
  }

  /** Where the members' PostgreSQL listens. */
  get endpoints(): readonly { readonly host: string; readonly port: number }[] {
    return this.members.map(({ postgres }) => ({ host: "127.0.0.1", port: postgres }));
  }

  /** Who may do everything on them. */
  readonly superuser = { user: "postgres", password };

  /** Every member's value of a PostgreSQL parameter, by member. */
  async show(parameter: string): Promise<Readonly<Record<string, string>>> {
    const values = this.members.map(async ({ name }) => {
      const rows = await this.query(name, `SELECT current_setting('${parameter}') AS value`);
      return [name, String(rows[0]?.["value"])] as const;
    });
    return Object.fromEntries(await Promise.all(values));
  }

  /** When each member's PostgreSQL started, oldest first. */
  async startOrder(): Promise<readonly string[]> {
    const starts = this.members.map(async ({ name }) => {
      const rows = await this.query(name, "SELECT pg_postmaster_start_time()::text AS at");
      return { name, at: String(rows[0]?.["at"]) };
    });
    return (await Promise.all(starts)).sort((a, b) => a.at.localeCompare(b.at)).map(({ name }) => name);
  }

  /** Runs one statement on a member as the superuser. */
  async query(name: string, statement: string): Promise<readonly Record<string, unknown>[]> {
    return query({ host: "127.0.0.1", port: this.find(name).postgres }, this.superuser, statement);
  }

  /** Takes away every container, its data, and the cluster's keys. */
  async remove(): Promise<void> {
    const { consulAddress, namespace, scope } = this.place;
    for (const { container } of this.members) await container.remove({ force: true, v: true });
    const folder = `${consulAddress}/v1/kv/${namespace}/${scope}/?recurse`;
    await fetch(folder, { method: "DELETE", headers: consulToken(), signal: AbortSignal.timeout(5000) });
  }

  private find(name: string): RealMember {
    const found = this.members.find((member) => member.name === name);
    if (found === undefined) throw new Error(`there is no member ${name}`);
    return found;
  }

  private config(name: string, api: number, postgres: number) {
    const address = (port: number) => ({
      listen: `127.0.0.1:${port}`,
      connect_address: `127.0.0.1:${port}`,
    });
    const role = (username: string) => ({ username, password });
    return {
      scope: this.place.scope,
      namespace: this.place.namespace,
      name,
      restapi: address(api),
      consul: {
        host: new URL(this.place.consulAddress).host,
        register_service: false,
        token: environment("CONSUL_HTTP_TOKEN"),
      },
      bootstrap: { dcs: {}, initdb: [{ encoding: "UTF8" }, { locale: "C.UTF-8" }, "data-checksums"] },
      postgresql: {
        ...address(postgres),
        data_dir: "/data/postgres-17",
        use_pg_rewind: true,
        authentication: {
          superuser: role("postgres"),
          replication: role("replicator"),
          rewind: role("rewind_user"),
        },
        // Members share the host's network and file system, but each container has this folder of its own.
        parameters: { unix_socket_directories: "/var/run/postgresql" },
      },
    };
  }
}
