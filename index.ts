import * as nomad from "@pulumi/nomad";
import * as vault from "@pulumi/vault";
import { PatroniCluster } from "./components/patroniCluster";
import { patroniImages } from "./components/patroniImage";
import { readStackConfig } from "./config/pulumi";

const { platform, clusters: wanted } = readStackConfig();

const providers = [
  new nomad.Provider("nomad", { address: platform.nomad.address, region: platform.nomad.region }),
  new vault.Provider("vault", { address: platform.vault.address, skipChildToken: true }),
];
const imageOf = patroniImages(platform.image);

/** Each cluster's leader, endpoint and members, by the cluster's name. */
export const clusters = Object.fromEntries(
  wanted.map((cluster) => {
    const image = imageOf(cluster.postgresVersion);
    const { leader, endpoint, members } = new PatroniCluster(
      cluster.name,
      { cluster, platform, image },
      { providers },
    );
    return [cluster.name, { leader, endpoint, members }];
  }),
);
