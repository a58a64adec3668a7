import { acme, type Case } from "./case";

const attributeAllowed =
  "a property of a node in Nomad's notation, such as `${attr.cpu.arch}`, `${meta.rack}` or `${node.class}`";
const operators =
  "`=`, `==`, `is`, `!=`, `not`, `<`, `<=`, `>`, `>=`, `regexp`, `version`, `semver`, `set_contains`, `set_contains_all`, `set_contains_any`, `is_set`, `is_not_set`";
const cidr = "a network in CIDR notation, such as `10.20.0.0/16` or `fd00:20::/64`";
/** Placement of a cluster. */
export const placementCases: readonly Case[] = [
  acme(
    "constraints that Nomad would refuse",
    {
      placement: {
        constraints: [
          { operator: "~" },
          { attribute: "${attr.a}", operator: "is_set", value: "x" },
          { attribute: "${attr.a}", operator: "version", value: "new" },
          { attribute: "${attr.a}" },
          { attribute: "${attr.a}", operator: "distinct_hosts", op: "=" },
        ],
      },
    },
    `.placement.constraints[0].attribute: found nothing; allowed: ${attributeAllowed}.`,
    `.placement.constraints[0].operator: found "~"; allowed: ${operators}.`,
    '.placement.constraints[1].value: found "x"; allowed: no value, because the operator is `is_set`.',
    '.placement.constraints[2].value: found "new"; allowed: versions to compare with, such as `>= 1.2, < 2`, because the operator is `version`.',
    ".placement.constraints[3].value: found nothing; allowed: a value, because the operator is `=`.",
    ".placement.constraints[4].op: unknown key `op`; did you mean `operator`?",
    `.placement.constraints[4].operator: found "distinct_hosts"; allowed: ${operators}.`,
  ),
  acme(
    "spreads that Nomad would refuse",
    { placement: { spread: [{ attribute: "rack", weight: 101 }], datacenters: [] } },
    ".placement.datacenters: found []; allowed: a list of at least one datacenter's name.",
    `.placement.spread[0].attribute: found "rack"; allowed: ${attributeAllowed}.`,
    ".placement.spread[0].weight: found 101; allowed: a whole number from 1 to 100.",
  ),
];

/** Networks of a cluster. */
export const networkCases: readonly Case[] = [
  acme(
    "an empty list of networks",
    { networks: { replication: [], clients: [] } },
    ".networks.clients: found []; allowed: a list of at least one network in CIDR notation.",
    ".networks.replication: found []; allowed: a list of at least one network in CIDR notation.",
  ),
  acme(
    "addresses that are not networks",
    {
      networks: {
        replication: ["10.0.0.1/8", "10.0.0.1", "fe80::1/64", "10.0.0.0/33", "0.0.0.0/0", "nodes"],
      },
    },
    `.networks.replication[0]: found "10.0.0.1/8"; allowed: ${cidr}. Did you mean \`10.0.0.0/8\`?`,
    `.networks.replication[1]: found "10.0.0.1"; allowed: ${cidr}. Did you mean \`10.0.0.1/32\`?`,
    `.networks.replication[2]: found "fe80::1/64"; allowed: ${cidr}. Did you mean \`fe80::/64\`?`,
    `.networks.replication[3]: found "10.0.0.0/33"; allowed: ${cidr}.`,
    '.networks.replication[4]: found "0.0.0.0/0"; allowed: a narrower network. With `/0`, any address could try to replicate: name the networks of the members\' nodes.',
    `.networks.replication[5]: found "nodes"; allowed: ${cidr}.`,
  ),
  {
    title: "no networks anywhere",
    raw: {
      imageRepository: "a/b",
      tenants: { acme: {}, beta: {}, own: { networks: { replication: ["10.0.0.0/8"] } } },
    },
    lines: [
      "platform.networks.replication: found nothing; allowed: a list of at least one network in CIDR notation. `tenants.acme` and 1 more set none of their own: name the networks of the members' nodes.",
    ],
  },
];
