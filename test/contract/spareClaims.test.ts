import assert from "node:assert/strict";
import type { LeaderInputs } from "../../providers/leaderWait/model";
import { releaseSpareClaims } from "../../providers/leaderWait/releaseSpareClaims";
import { PlatformDouble } from "../support/doubles/platformDouble";
import { expectation } from "../support/snapshots";

describe("the claims of spare volumes, with a double of Nomad", () => {
  let platform: PlatformDouble;

  beforeEach(async () => {
    platform = await new PlatformDouble().start();
    const ended = platform.allocation(3, { client: "complete", desired: "stop" });
    const allocations = [platform.allocation(1), platform.allocation(2), ended];
    const claims = allocations.map(({ id, node }) => ({
      ID: `on-${node}`,
      JobID: "postgres-acme",
      AllocID: id,
    }));
    const other = { ID: "another-job", JobID: "postgres-beta", AllocID: "gone" };
    platform.nomad.update({ allocations, claims: [...claims, other] });
  });
  afterEach(() => platform.stop());

  async function release(memberCount: number): Promise<string | undefined> {
    const { jobModifyIndex, ...rest } = expectation;
    const inputs: LeaderInputs = {
      ...{ ...rest, memberCount, jobModifyIndex: String(jobModifyIndex), providerVersion: 1 },
      nomadAddress: platform.nomad.address,
    };
    return releaseSpareClaims(inputs);
  }

  const deleted = () =>
    platform.nomad.heard.filter(({ method }) => method === "DELETE").map(({ path }) => path);

  it("go when the cluster is smaller than it was; nobody else's do", async () => {
    assert.equal(await release(2), undefined);
    assert.deepEqual(deleted(), ["/v1/volumes/claim/on-node3"]);
  });

  it("stay while a member is missing", async () => {
    assert.equal(await release(3), undefined);
    assert.deepEqual(deleted(), []);
  });

  it("that can't be deleted fail nothing, and are said", async () => {
    platform.nomad.fails = (path) => path.startsWith("/v1/volumes/claim/");
    assert.match((await release(2)) ?? "", /^\[acme\] Nomad still keeps a spare volume for a member/);
  });
});
