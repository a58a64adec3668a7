import { parseClusterKeys, type ClusterKeys } from "../../patroni/status/clusterKeys";
import { parseLiveMember, type LiveMember } from "../../patroni/status/liveMember";
import type { RestAnswer } from "../../patroni/observed/restStatus";
import type { ClusterObservation, NomadView } from "../../patroni/status/observation";
import { allocation, scopeKeys } from "./snapshots";

/** When the examples were seen. */
export const seenAt = new Date("2026-11-23T08:49:00.000Z");

/** Consul's keys of `acme`, where node1 leads. */
export function clusterKeys(more: Partial<ClusterKeys> = {}): ClusterKeys {
  return {
    ...scopeKeys(),
    paused: false,
    standby: false,
    synchronousMode: "off",
    failoverRequest: undefined,
    failovers: [],
    ...more,
  };
}

/** What `node<number>` answers to `GET /patroni`, as Patroni writes it; node1 leads. */
export function answer(number: number, more: Readonly<Record<string, unknown>> = {}): RestAnswer<LiveMember> {
  const leads = number === 1;
  const body = {
    state: "running",
    role: leads ? "primary" : "replica",
    server_version: 170005,
    timeline: 1,
    xlog: leads ? { location: 50_000_000 } : { replayed_location: 50_000_000 },
    ...(leads ? {} : { replication_state: "streaming" }),
    patroni: { version: "4.1.5", scope: "acme", name: `node${number}` },
    ...more,
  };
  return { kind: "answered", status: parseLiveMember(200, body) };
}

/** No answer from `node<number>`. */
export function silence(number: number): RestAnswer<LiveMember> {
  const url = `http://127.0.0.1${number}:${21_000 + number}/patroni`;
  return { kind: "silent", url, reason: "no answer within 2.5 s" };
}

/** What the members of three answer, as an observation has it. */
export function live(...changed: readonly (readonly [number, RestAnswer<LiveMember>])[]) {
  const all = new Map([1, 2, 3].map((number) => [number, answer(number)]));
  for (const [number, said] of changed) all.set(number, said);
  return new Map([...all].map(([number, said]) => [`node${number}`, said]));
}

/** What Nomad runs. */
export function nomadView(more: Partial<NomadView> = {}): NomadView {
  return {
    job: {
      version: 4,
      stopped: false,
      image: "registry.example.net/patroni:17-4.1.5-0a1b2c3d4e5f-${attr.cpu.arch}",
    },
    allocations: [1, 2, 3].map((number) => allocation(number)),
    ...more,
  };
}

/** A cluster `acme` of three members that is as it should be. */
export function observation(more: Partial<ClusterObservation> = {}): ClusterObservation {
  return {
    wanted: { name: "acme", members: 3, maxLagBytes: 1_048_576, jobId: "postgres-acme" },
    keys: { kind: "known", value: clusterKeys() },
    nomad: { kind: "known", value: nomadView() },
    live: live(),
    ...more,
  };
}

/** The keys of a tenant that the config knows and nobody has made yet; Patroni's configuration may be there. */
export function noCluster(name: string): ClusterObservation {
  return observation({
    wanted: { name, members: 2, maxLagBytes: 1_048_576, jobId: `postgres-${name}` },
    keys: { kind: "known", value: parseClusterKeys(`operations/${name}/`, []) },
    nomad: { kind: "known", value: { job: "absent", allocations: [] } },
    live: new Map(),
  });
}
