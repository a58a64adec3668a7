import { isDeepStrictEqual } from "node:util";
import { standbySensitiveDefaults } from "../../../patroni/restartParameters";
import { ScriptedServer, type Heard, type Said } from "../scriptedServer";

/** The folder of the double's keys. */
export const doubleFolder = "operations/acme";

type Parameters = Record<string, string | number>;
interface Document {
  readonly [key: string]: unknown;
  readonly pause?: boolean;
  readonly postgresql?: { readonly parameters?: Parameters };
}

/** A member's Patroni and PostgreSQL, in as few words as a change of configuration needs. */
class MemberDouble {
  state = "running";
  streams = true;
  /** How far its replay is behind the leader, for good, once it has been restarted. */
  behindOnceRestarted = 0;
  /** Counts the readings of the keys, as `dcs_last_seen` does in seconds. */
  reads = 0;
  starts = 1;
  /** Whether its HA loop reads the keys anew; one that doesn't still answers, and counts. */
  readsKeys = true;
  /** The document that the HA loop has applied, and what PostgreSQL runs with. */
  applied: Document | undefined;
  running: Parameters;
  /** `name=value` with which PostgreSQL doesn't start. */
  readonly impossible = new Set<string>();
  /** Values that wait for a restart for another reason than the document. */
  foreign: Record<string, { old_value: string; new_value: string }> = {};
  /** Answers in place of the restart, or of the switchover. */
  restartAnswer: Said | undefined;
  /** Where its PostgreSQL listens, if somebody asks it over SQL. */
  postgres: string | undefined;
  /** Tags of its own. */
  tags: Record<string, unknown> = {};
  restartMs = 20;
  readonly address: string;

  constructor(
    readonly name: string,
    readonly server: ScriptedServer,
    defaults: Parameters,
  ) {
    this.running = { ...defaults };
    this.address = server.address;
  }
}

/**
 * A double of a cluster: Consul's keys of one scope on one scripted server, and a REST API of Patroni for each
 * member. It behaves as Patroni 4.1.5 with real members did when it was watched: an HA loop that applies a changed
 * document, `pending_restart_reason`, restarts that fail and recover. The real ones have tests in test/integration.
 */
export class ClusterDouble {
  readonly members: MemberDouble[] = [];
  /** Requests for a restart, in order, by member; `node1 -> node2` for a switchover. */
  readonly restarts: string[] = [];
  leader: string | undefined;
  text: string | undefined;
  index = 0;
  /** Runs before a write is looked at, once. */
  beforeWrite: (() => void) | undefined;
  /** Answers in place of Consul. */
  consulAnswer: Said | undefined;
  private readonly loop: NodeJS.Timeout;

  private constructor(
    readonly consul: ScriptedServer,
    /** What PostgreSQL runs with where the document says nothing. */
    readonly defaults: Parameters,
  ) {
    this.loop = setInterval(() => {
      for (const member of this.members) this.cycle(member);
    }, 150);
  }

  /** Starts Consul with as many members as named, the first of which leads. */
  static async start(names: readonly string[], document?: Document): Promise<ClusterDouble> {
    const defaults = { max_connections: 100, max_worker_processes: 8, shared_buffers: "128MB" };
    const double = new ClusterDouble(await ScriptedServer.start(), defaults);
    if (document !== undefined) double.put(JSON.stringify(document));
    for (const name of names) {
      const member = new MemberDouble(name, await ScriptedServer.start(), defaults);
      member.applied = document;
      Object.assign(member.running, document?.postgresql?.parameters);
      double.members.push(member);
      member.server.play({
        "GET /patroni": () => ({ body: double.status(member) }),
        "POST /restart": (heard) => double.restart(member, heard),
        "POST /switchover": (heard) => double.switchover(member, heard),
      });
    }
    double.leader = names[0];
    const answer = (work: (heard: Heard) => Said) => (heard: Heard) => double.consulAnswer ?? work(heard);
    double.consul.play({
      [`GET /v1/kv/${doubleFolder}/config`]: answer(() => double.read()),
      [`PUT /v1/kv/${doubleFolder}/config`]: answer((heard) => double.write(heard)),
      [`GET /v1/kv/${doubleFolder}/`]: answer(() => ({ body: double.keys() })),
    });
    return double;
  }

  stop(): void {
    clearInterval(this.loop);
    for (const { server } of [{ server: this.consul }, ...this.members]) server.stop();
  }

  member(name: string): MemberDouble {
    const found = this.members.find((member) => member.name === name);
    if (found === undefined) throw new Error(`no member ${name}`);
    return found;
  }

  put(text: string): void {
    this.text = text;
    this.index++;
  }

  /** The document in Consul. */
  get document(): Document | undefined {
    return this.text === undefined ? undefined : (JSON.parse(this.text) as Document);
  }

  private read(): Said {
    if (this.text === undefined) return { status: 404, body: "" };
    return { body: [this.entry("config", this.text, this.index)] };
  }

  private write(heard: Heard): Said {
    this.beforeWrite?.();
    this.beforeWrite = undefined;
    const expected = this.text === undefined ? 0 : this.index;
    if (Number(heard.query.get("cas")) !== expected) return { body: false };
    this.put(JSON.stringify(heard.body));
    return { body: true };
  }

  private keys(): unknown[] {
    const members = this.members.map(({ name, state, address, postgres }) => {
      const entry = { state, api_url: `${address}/patroni`, conn_url: postgres };
      return this.entry(`members/${name}`, JSON.stringify(entry));
    });
    return [
      ...(this.text === undefined ? [] : [this.entry("config", this.text, this.index)]),
      ...(this.leader === undefined ? [] : [{ ...this.entry("leader", this.leader), Session: "s" }]),
      ...members,
    ];
  }

  private entry(key: string, value: string, index = 1): Record<string, unknown> {
    const Value = Buffer.from(value).toString("base64");
    return { Key: `${doubleFolder}/${key}`, Value, ModifyIndex: index };
  }

  private cycle(member: MemberDouble): void {
    member.reads++;
    if (member.readsKeys && !isDeepStrictEqual(member.applied, this.document)) member.applied = this.document;
    if (member.applied?.pause === true) {
      // Patroni lets go of the lock, and starts nothing.
      if (member.state !== "running" && member.state !== "restarting" && this.leader === member.name)
        this.leader = undefined;
      return;
    }
    if (member.state === "start failed") this.startPostgres(member);
    if (this.leader === undefined) this.leader = this.members.find(({ state }) => state === "running")?.name;
  }

  /** What the member's document asks for, and for the rest the defaults. */
  private asked(member: MemberDouble): Parameters {
    return { ...this.defaults, ...member.applied?.postgresql?.parameters };
  }

  /** What PostgreSQL would run with after a restart: never less than the leader, where that matters. */
  private wanted(member: MemberDouble): Parameters {
    const leader = this.members.find(({ name }) => name === this.leader);
    const floors = leader === undefined || leader === member ? {} : leader.running;
    const value = (name: string, asked: string | number) =>
      standbySensitiveDefaults.has(name) ? Math.max(Number(asked), Number(floors[name] ?? 0)) : asked;
    const entries = Object.entries(this.asked(member));
    return Object.fromEntries(entries.map(([name, asked]) => [name, value(name, asked)]));
  }

  private pending(member: MemberDouble): MemberDouble["foreign"] {
    const asked = this.asked(member);
    const reasons = Object.keys(this.defaults)
      .map((name) => [name, String(member.running[name]), String(asked[name])] as const)
      .filter(([, running, wanted]) => running !== wanted)
      .map(([name, running, wanted]) => [name, { old_value: running, new_value: wanted }] as const);
    return { ...member.foreign, ...Object.fromEntries(reasons) };
  }

  private status(member: MemberDouble): unknown {
    const leads = member.name === this.leader;
    const reasons = member.state === "running" ? this.pending(member) : {};
    return {
      state: member.state,
      role: leads ? "primary" : "replica",
      postmaster_start_time: `start ${member.starts}`,
      dcs_last_seen: member.reads,
      xlog: leads
        ? { location: 100_000 }
        : { replayed_location: 100_000 - (member.starts > 1 ? member.behindOnceRestarted : 0) },
      ...(leads || !member.streams || member.state !== "running" ? {} : { replication_state: "streaming" }),
      ...(Object.keys(reasons).length === 0 ? {} : { pending_restart_reason: reasons }),
      ...(member.applied?.pause === true ? { pause: true } : {}),
      tags: member.tags,
      patroni: { name: member.name },
    };
  }

  private async restart(member: MemberDouble, heard: Heard): Promise<Said> {
    if (member.restartAnswer !== undefined) return member.restartAnswer;
    const conditional = (heard.body as { restart_pending?: boolean }).restart_pending === true;
    if (conditional && Object.keys(this.pending(member)).length === 0)
      return { status: 503, body: "restart conditions are not satisfied" };
    this.restarts.push(member.name);
    member.state = "restarting";
    await new Promise((resolve) => setTimeout(resolve, member.restartMs));
    if (this.startPostgres(member)) return { body: "restarted successfully" };
    if (this.leader === member.name && this.members.length > 1)
      this.leader = this.members.find(({ state }) => state === "running")?.name;
    return { status: 503, body: "restart failed" };
  }

  /** The leader's PostgreSQL stops, the candidate takes the lock, and the former leader starts as a replica. */
  private async switchover(member: MemberDouble, heard: Heard): Promise<Said> {
    if (member.restartAnswer !== undefined) return member.restartAnswer;
    const { leader, candidate } = heard.body as { leader?: string; candidate?: string };
    if (leader !== this.leader) return { status: 412, body: "leader name does not match" };
    this.restarts.push(`${leader ?? ""} -> ${candidate ?? ""}`);
    member.state = "stopping";
    await new Promise((resolve) => setTimeout(resolve, member.restartMs));
    this.leader = candidate;
    setTimeout(() => this.startPostgres(member), member.restartMs);
    return { body: `Successfully switched over to "${candidate ?? ""}"` };
  }

  private startPostgres(member: MemberDouble): boolean {
    const wanted = this.wanted(member);
    const fails = Object.entries(wanted).some(([name, value]) => member.impossible.has(`${name}=${value}`));
    member.state = fails ? "start failed" : "running";
    if (fails) return false;
    member.running = wanted;
    member.starts++;
    return true;
  }
}
