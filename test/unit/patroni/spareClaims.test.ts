import assert from "node:assert/strict";
import { spareClaims } from "../../../patroni/spareClaims";
import { allocation } from "../../support/snapshots";

const claim = (number: number) => ({ id: `claim-${number}`, allocationId: allocation(number).id });
const claims = [1, 2, 3].map(claim);
const ended = allocation(3, { desired: "stop", client: "complete" });

describe("claims of spare volumes", () => {
  it("are those of allocations that have ended, when all members run", () => {
    assert.deepEqual(spareClaims(2, claims, [allocation(1), allocation(2), ended]), ["claim-3"]);
    assert.deepEqual(spareClaims(2, claims, [allocation(1), allocation(2)]), ["claim-3"]);
    const stopping = allocation(3, { desired: "stop" });
    assert.deepEqual(spareClaims(2, claims, [allocation(1), allocation(2), stopping]), ["claim-3"]);
  });

  it("aren't those of members that run", () => {
    assert.deepEqual(
      spareClaims(
        3,
        claims,
        [1, 2, 3].map((number) => allocation(number)),
      ),
      [],
    );
  });

  it("aren't there while a member is missing, stops or starts: it may be the one that comes back", () => {
    assert.deepEqual(spareClaims(3, claims, [allocation(1), allocation(2), ended]), []);
    const lost = allocation(3, { client: "unknown" });
    assert.deepEqual(spareClaims(3, claims, [allocation(1), allocation(2), lost]), []);
    const starting = allocation(2, { client: "pending" });
    assert.deepEqual(spareClaims(2, claims, [allocation(1), starting, ended]), []);
    const stopping = allocation(2, { desired: "stop" });
    assert.deepEqual(spareClaims(2, claims, [allocation(1), stopping, ended]), []);
  });
});
