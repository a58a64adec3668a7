import * as nomad from "@pulumi/nomad";
import * as vault from "@pulumi/vault";
import { PatroniCluster } from "./components/patroniCluster";
import { patroniImages } from "./components/patroniImage";
import { readStackConfig } from "./config/pulumi";
import { tenantFacts } from "./patroni/impact/facts";
import { ChangeImpact } from "./providers/changeImpact";

const { platform, clusters: wanted } = readStackConfig();

const providers = [
  new nomad.Provider("nomad", { address: platform.nomad.address, region: platform.nomad.region }),
  new vault.Provider("vault", { address: platform.vault.address, skipChildToken: true }),
];
const imageOf = patroniImages(platform.image);

const facts = Object.fromEntries(
  wanted.map((cluster) => {
    const imagePrefix = imageOf(cluster.postgresVersion).referencePrefix;
    return [cluster.name, tenantFacts({ cluster, platform, imagePrefix })];
  }),
);
const attempt = new ChangeImpact("impact-attempt", { facts, record: "attempt" });

const made = wanted.map((cluster) => {
  const image = imageOf(cluster.postgresVersion);
  return { cluster, resource: new PatroniCluster(cluster.name, { cluster, platform, image }, { providers }) };
});

new ChangeImpact(
  "impact-success",
  { facts, record: "success" },
  { dependsOn: [attempt, ...made.map(({ resource }) => resource)] },
);

/** Each cluster's leader, endpoint and members, by the cluster's name. */
export const clusters = Object.fromEntries(
  made.map(({ cluster, resource: { leader, endpoint, members } }) => [
    cluster.name,
    { leader, endpoint, members },
  ]),
);
