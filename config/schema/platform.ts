import * as z from "zod";
import { isImageReference } from "../imageReference";
import { imagePlatforms, type PostgresVersion } from "../model";
import { clusterAllowed } from "./cluster";
import { networks } from "./networks";
import { datacenters, nodePool } from "./placement";
import { flag, listOf, oneOf, section, setting, text, wholeNumber } from "./setting";
import { vaultPath } from "./vault";

const agentAddressAllowed =
  "`host:port`, in which the host may be one of Nomad's interpolations, such as `${attr.unique.network.ip-address}:8500`";

/** A host name or address, or Nomad's interpolation of one, and a port. */
function isAgentAddress(address: string): boolean {
  const match = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]|\$\{[^\s{}]+\}):(\d{1,5})$/.exec(address);
  return match !== null && Number(match[1]) >= 1 && Number(match[1]) <= 65535;
}

/** Consul's rule for names of auth methods (`validAuthMethod` in its acl/validation.go). */
function authMethod(description: string) {
  return text(description, "letters, digits, `-` and `_`, at most 128", (name) =>
    /^[\w-]{1,128}$/.test(name),
  );
}

const consul = section({
  agentAddress: text(
    "Where a member reaches the Consul agent of its node.",
    agentAddressAllowed,
    isAgentAddress,
  ),
  sessionTtlMinSeconds: wholeNumber(
    "The agents' `session_ttl_min`. No session may be shorter, and Patroni's are half of `ttlSeconds`.",
    { min: 1, max: 86400, of: "seconds" },
  ),
  nodeFailureSeconds: wholeNumber(
    "Shortest time after which Consul calls an agent failed that it can't reach (its gossip's suspicion time). Where it is given, the leader lock is lost with the node's agent, which is sooner than its time to live ends. Absent: only with its time to live.",
    { min: 1, max: 86400, of: "seconds" },
  ),
  keyPrefix: text(
    "First part of every key that Patroni keeps in Consul (its `namespace`).",
    "segments of letters, digits, `.`, `_` and `-`, with `/` between them and none at the ends",
    (prefix) => /^[\w.-]+(\/[\w.-]+)*$/.test(prefix),
  ),
  acl: flag(
    "Whether Consul has ACLs. Each cluster then has a policy, a role and a binding rule there, and its members log in by their workload identity. `false`: any cluster can write any other's keys.",
  ),
  taskAuthMethod: authMethod("Consul's auth method at which members log in by their workload identity."),
  serviceAuthMethod: authMethod(
    "Consul's auth method at which Nomad logs in for services: `service_auth_method` of its agents. Its tokens must not expire.",
  ),
  audience: text("Audience of the workload identities for Consul.", "a text without spaces", (audience) =>
    /^\S+$/.test(audience),
  ),
});

const vault = section({
  jwtAuthPath: vaultPath("Mount of the JWT auth method that trusts Nomad's workload identities."),
  audience: text("Audience of the workload identities.", "a text without spaces", (audience) =>
    /^\S+$/.test(audience),
  ),
  databaseMount: vaultPath("Mount of the database engine that makes the logins of `access`."),
  kvMount: vaultPath("Mount of the KV v2 engine into which generated credentials are written."),
  kvPath: vaultPath("Path in that mount under which each cluster's secret is, by the cluster's name."),
});

const baseImageAllowed = "an image reference, such as `postgres:17-trixie`";

const image = section({
  baseImages: section({
    "17": text("Base image for PostgreSQL 17.", baseImageAllowed, isImageReference),
  } satisfies Record<`${PostgresVersion}`, unknown>),
  platforms: listOf(
    "Platforms that the image is built for. `native`: that of the machine on which Pulumi runs.",
    `a list of ${[...imagePlatforms, "native"].map((name) => `\`${name}\``).join(", ")}`,
    oneOf("A platform.", [...imagePlatforms, "native"]),
  ),
  extraCaFile: text(
    "PEM file with certificates that the image's build trusts as well, for networks that inspect TLS. `~/` is the home directory; otherwise relative to the project.",
    "the path of a file with PEM certificates, at most 64 KiB; empty: none",
    (path) => path.trim() !== "",
  ),
});

/** What an operator writes under `platform`. The clusters in it are checked apart, each as a layer of settings. */
export const platformSettings = section({
  production: flag(
    "Whether others depend on the stack. Base images then have to be named by digest, and throw-away data needs a second member (docs/guard-rails.md).",
  ),
  datacenters,
  nodePool,
  networks,
  consul,
  vault,
  image,
  defaults: setting(z.unknown(), {
    description: "Settings that hold for every cluster which doesn't set its own.",
    allowed: clusterAllowed,
  }),
  cluster: setting(z.unknown(), {
    description: "The platform's own cluster, named `platform`. Absent: none. `{}`: one with the defaults.",
    allowed: clusterAllowed,
  }),
});

/** What an operator writes under `platform`, checked setting by setting. */
export type PlatformSettings = z.output<typeof platformSettings>;
