import * as consul from "@pulumi/consul";
import * as nomad from "@pulumi/nomad";
import * as vault from "@pulumi/vault";
import { PatroniCluster } from "./components/patroniCluster";
import { patroniImages } from "./components/patroniImage";
import { sparePromiseStacks } from "./components/promiseStacks";
import { recordingImpact } from "./components/recordingImpact";
import { readStackConfig } from "./config/pulumi";

sparePromiseStacks();

const { platform, clusters: wanted } = readStackConfig();

const providers = [
  new consul.Provider("consul", { address: platform.consul.address }),
  new nomad.Provider("nomad", { address: platform.nomad.address, region: platform.nomad.region }),
  new vault.Provider("vault", { address: platform.vault.address, skipChildToken: true }),
];
const imageOf = patroniImages(platform.image);

const made = recordingImpact({ clusters: wanted, platform, imageOf }, (cluster) => {
  const image = imageOf(cluster.postgresVersion);
  return new PatroniCluster(cluster.name, { cluster, platform, image }, { providers });
});

/** Each cluster's leader, endpoint, members and declared databases, by the cluster's name. */
export const clusters = Object.fromEntries(
  made.map(([name, { leader, endpoint, members, databases }]) => [
    name,
    { leader, endpoint, members, databases },
  ]),
);
