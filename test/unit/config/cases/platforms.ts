import { platform, type Case } from "./case";
import { stackWith } from "../sources";

/** The platform. */
export const platformCases: readonly Case[] = [
  platform(
    "a session floor above the ttl that clusters have by default",
    { consul: { sessionTtlMinSeconds: 15 } },
    "defaults.patroni.ttlSeconds: found the default of 20, of which Consul's session gets half; allowed: at least 30, twice `platform.consul.sessionTtlMinSeconds`.",
  ),
  platform(
    "a node called failed before a leader that is cut off has stopped",
    { consul: { nodeFailureSeconds: 7 }, defaults: { patroni: { loopWaitSeconds: 3 } } },
    "defaults.patroni.loopWaitSeconds: found loopWaitSeconds 3 + retryTimeoutSeconds 5 + 1 to stop = 9; allowed: a sum of at most `platform.consul.nodeFailureSeconds`, which is 7. Otherwise a leader that is cut off could still take writes when the next one already does.",
  ),
  platform(
    "addresses, prefixes and paths that can't be",
    {
      consul: { agentAddress: "8500", keyPrefix: "/operations/", sessionTtlMinSeconds: "10s" },
      vault: { kvMount: "a//b", audience: "" },
      nodePool: "a b",
    },
    'consul.agentAddress: found "8500"; allowed: `host:port`, in which the host may be one of Nomad\'s interpolations, such as `${attr.unique.network.ip-address}:8500`.',
    'consul.keyPrefix: found "/operations/"; allowed: segments of letters, digits, `.`, `_` and `-`, with `/` between them and none at the ends.',
    'consul.sessionTtlMinSeconds: found "10s"; allowed: a whole number of seconds from 1 to 86400.',
    'nodePool: found "a b"; allowed: a node pool\'s name: letters, digits, `-` and `_`, at most 128.',
    'vault.audience: found ""; allowed: a text without spaces.',
    'vault.kvMount: found "a//b"; allowed: segments of letters, digits, `.`, `_`, `@` and `-`, with `/` between them.',
  ),
  platform(
    "an image that can't be built",
    {
      image: {
        platforms: ["linux/arm"],
        baseImages: { "16": "postgres:16", "17": "Postgres" },
        extraCaFile: "~/ca.pem",
      },
    },
    'image.baseImages["16"]: unknown key `16`; allowed: `17`.',
    'image.baseImages["17"]: found "Postgres"; allowed: an image reference, such as `postgres:17-trixie`.',
    "image.extraCaFile: found no file at /home/operator/ca.pem; allowed: a file with PEM certificates, at most 64 KiB. Without the setting, nothing is added.",
    'image.platforms[0]: found "linux/arm"; allowed: `linux/amd64`, `linux/arm64`, `native`.',
  ),
  {
    title: "a wrong default, once for all the clusters that it reaches",
    raw: stackWith(
      { acme: {}, beta: {}, gamma: { patroni: { ttlSeconds: 40 } } },
      { defaults: { parameters: { port: 5432 }, patroni: { loopWaitSeconds: 15 } }, cluster: {} },
    ),
    lines: [
      "platform.defaults.parameters.port: found a parameter that is set for you; allowed: none. Leave it out. Nomad assigns the port.",
      "platform.defaults.patroni.loopWaitSeconds: found loopWaitSeconds 15 + 2 × retryTimeoutSeconds 5 = 25; allowed: a sum of at most ttlSeconds, which is 20. A leader that still retries would lose its lock; Patroni would shorten both.",
    ],
  },
  {
    title: "a default that only one cluster's own setting contradicts, at that setting",
    raw: stackWith(
      { acme: { patroni: { ttlSeconds: 20 } } },
      { defaults: { patroni: { loopWaitSeconds: 15, ttlSeconds: 40 } } },
    ),
    lines: [
      "tenants.acme.patroni.ttlSeconds: found loopWaitSeconds 15 + 2 × retryTimeoutSeconds 5 = 25; allowed: a sum of at most ttlSeconds, which is 20. A leader that still retries would lose its lock; Patroni would shorten both.",
    ],
  },
];
