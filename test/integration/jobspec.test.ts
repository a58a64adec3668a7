import assert from "node:assert/strict";
import fc from "fast-check";
import { jobspec } from "../../patroni/jobspec";
import type { Cluster } from "../../config/model";
import { ephemeralCluster, examplePlatform, volumeCluster } from "../support/examples";
import { environment } from "../support/labSecrets";
import { arbitraryCluster } from "../unit/config/arbitrary";

const imagePrefix = "registry.example.net/patroni:17-4.1.5-0123456789ab";

/** What Nomad has against the cluster's job; empty when it accepts it. The lab has but one node pool. */
async function refusal(cluster: Cluster): Promise<string> {
  const inPool: Cluster = { ...cluster, placement: { ...cluster.placement, nodePool: "default" } };
  const Job = jobspec({ cluster: inPool, platform: examplePlatform, imagePrefix });
  const response = await fetch(`${environment("NOMAD_ADDR")}/v1/validate/job`, {
    method: "POST",
    headers: { "X-Nomad-Token": environment("NOMAD_TOKEN") },
    body: JSON.stringify({ Job }),
    signal: AbortSignal.timeout(5000),
  });
  if (!response.ok) return `${response.status} ${await response.text()}`;
  const { Error: problem } = (await response.json()) as { Error: string };
  return problem;
}

describe("a jobspec, to the real Nomad", () => {
  for (const cluster of [volumeCluster, ephemeralCluster]) {
    it(`is valid for ${cluster.storage.type} storage in ${cluster.networkMode} mode with ${cluster.driver}`, async () => {
      assert.equal(await refusal(cluster), "");
    });
  }

  it("is valid for any config that the schema lets through", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCluster, async (cluster) => {
        assert.equal(await refusal(cluster), "");
      }),
      { numRuns: 100 },
    );
  });

  it("is refused where it is wrong, so that the tests above can fail", async () => {
    assert.match(await refusal({ ...volumeCluster, members: -1 }), /count/i);
  });
});
