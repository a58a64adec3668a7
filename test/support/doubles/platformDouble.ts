import { ConsulDouble } from "./consulDouble";
import { NomadDouble, type NomadAllocation } from "./nomadDouble";
import { PatroniDouble } from "./patroniDouble";

/** A database's system identifier. */
export const systemId = "7423900112345678901";

/** Consul, Nomad and the three members of a cluster `acme`, which a test drives through a story. */
export class PlatformDouble {
  readonly consul = new ConsulDouble();
  readonly nomad = new NomadDouble();
  readonly members = [1, 2, 3].map((number) => new PatroniDouble(`node${number}`, systemId));

  async start(): Promise<this> {
    await Promise.all([this.consul, this.nomad, ...this.members].map((each) => each.start()));
    return this;
  }

  async stop(): Promise<void> {
    await Promise.all([this.consul, this.nomad, ...this.members].map((each) => each.stop()));
  }

  /** The allocation on `node<number>`. */
  allocation(number: number, more: Partial<NomadAllocation> = {}): NomadAllocation {
    const events = [{ Type: "Received" }, { Type: "Started" }];
    const id = `${number}1111111-0000-0000-0000-000000000000`;
    return {
      id,
      node: `node${number}`,
      version: 4,
      client: "running",
      events,
      apiPort: this.member(number).port,
      ...more,
    };
  }

  /** Nomad runs every member. */
  run(version = 4): void {
    this.nomad.update({
      version,
      allocations: [1, 2, 3].map((number) => this.allocation(number, { version })),
    });
  }

  /** A member writes its entry in Consul. */
  register(number: number, data: Readonly<Record<string, unknown>>): void {
    const member = this.member(number);
    const urls = {
      conn_url: `postgres://127.0.0.1:${20_000 + number}/postgres`,
      api_url: `${member.address}/patroni`,
    };
    this.consul.put(`operations/acme/members/${member.name}`, { ...urls, ...data }, `session-${number}`);
  }

  /** node1 makes the database and takes the lock; node2 and node3 wait. */
  elect(): void {
    this.consul.put("operations/acme/config", "{}");
    this.consul.put("operations/acme/initialize", systemId);
    this.consul.put("operations/acme/leader", "node1", "session-1");
    this.register(1, { state: "running", role: "primary", timeline: 1, xlog_location: 5000 });
    this.lead([]);
  }

  /** node1 leads, and these replicas stream from it. */
  lead(replicas: readonly number[]): void {
    const names = replicas.map((number) => this.member(number).name);
    this.member(1).state = {
      leads: true,
      state: "running",
      role: "primary",
      timeline: 1,
      location: 5000,
      streaming: names,
    };
    for (const number of replicas)
      this.member(number).state = {
        leads: false,
        state: "running",
        role: "replica",
        timeline: 1,
        location: 5000,
        replicationState: "streaming",
      };
  }

  /** A replica copies the leader's data. */
  clone(number: number): void {
    this.register(number, { state: "creating replica", role: "uninitialized" });
  }

  /** Everything as it is asked for. */
  ready(): void {
    this.run();
    this.elect();
    for (const number of [2, 3])
      this.register(number, {
        state: "running",
        role: "replica",
        replication_state: "streaming",
        timeline: 1,
      });
    this.lead([2, 3]);
  }

  member(number: number): PatroniDouble {
    const member = this.members[number - 1];
    if (member === undefined) throw new Error(`there is no member ${number}`);
    return member;
  }
}
