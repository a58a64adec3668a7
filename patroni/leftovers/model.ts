import type { Allocation } from "../observed/nomadState";

/** A key in Consul, as `GET /v1/kv/<folder>?recurse` lists it. */
export interface ConsulEntry {
  readonly key: string;
  readonly value: string;
  /** Who holds it by a session that lives; undefined: nobody. */
  readonly session: string | undefined;
  readonly modifyIndex: number;
}

/** A cluster of the stack's config, and what Nomad runs of it. */
export interface OwnCluster {
  /** Patroni's scope too. */
  readonly name: string;
  readonly members: number;
  /** Undefined: throw-away data. */
  readonly volumeName: string | undefined;
  /** Undefined where Nomad couldn't be asked. */
  readonly allocations: readonly Allocation[] | undefined;
}

/** A dynamic host volume of any namespace. */
export interface FoundVolume {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly nodeId: string;
  readonly nodeName: string;
}

/** A job of any namespace that the token may read. */
export interface FoundJob {
  readonly id: string;
  readonly namespace: string;
}

/** What keeps a scope that the stack's config doesn't know, besides its keys: asked of Nomad for such scopes alone. */
export interface ScopeUse {
  /** IDs of jobs that have the scope in their document. */
  readonly jobs: readonly string[];
  /** Allocations of the job of that name that may still run, of a purged one too. */
  readonly aliveAllocations: number;
}

/** Everything that leftovers are judged by, at one moment. */
export interface LeftoverScene {
  /** Patroni's `namespace`, without slashes at its ends. */
  readonly keyPrefix: string;
  /** Nomad's namespace of the stack's clusters. */
  readonly namespace: string;
  readonly clusters: readonly OwnCluster[];
  /** Every key below the prefix. */
  readonly entries: readonly ConsulEntry[];
  readonly volumes: readonly FoundVolume[];
  readonly jobs: readonly FoundJob[];
  /** By scope. */
  readonly uses: ReadonlyMap<string, ScopeUse>;
}

/** A key that may be removed as long as nobody has written it since. */
export interface RemovableKey {
  readonly key: string;
  readonly modifyIndex: number;
}

/** Something that nobody needs any more. */
export type Leftover =
  /** An entry of a member that is gone. */
  | LeftoverKeys<"member">
  /** All keys of a cluster that is gone. */
  | LeftoverKeys<"cluster">
  /** A replication slot of a member that is gone; Patroni drops it by itself. */
  | {
      readonly kind: "slot";
      readonly cluster: string;
      readonly name: string;
      /** WAL that the leader keeps for it; null where Consul doesn't say. */
      readonly heldBytes: number | null;
    }
  /** A volume that no member uses. */
  | {
      readonly kind: "volume";
      readonly cluster: string;
      readonly id: string;
      readonly namespace: string;
      readonly node: string;
      /** Whether the stack's config knows the cluster. */
      readonly known: boolean;
    };

/** Keys in Consul that can go, and why that is safe. */
export interface LeftoverKeys<Kind extends "member" | "cluster"> {
  readonly kind: Kind;
  readonly cluster: string;
  /** Of the member, or of the cluster. */
  readonly name: string;
  readonly keys: readonly RemovableKey[];
  /** Clauses that say why nobody needs them. */
  readonly because: readonly string[];
}
