import assert from "node:assert/strict";
import {
  jobDriftEffects,
  type JobDriftFacts,
  type JobDriftWish,
} from "../../../patroni/impact/jobDriftEffects";
import { foundRecord, wantedRecord, type RegistrationRecord } from "../../../patroni/jobDrift/foreignChanges";

const none = { changed: [], added: [] };
const settled: RegistrationRecord = { changes: none, adopted: [], registration: 4 };
const scaled: RegistrationRecord = {
  ...settled,
  changes: { changed: ["group members: count 3 → 2"], added: [] },
};
const noted: RegistrationRecord = {
  ...settled,
  changes: { changed: [], added: ['job: meta[owner] "dba" added'] },
};

const correct = { drift: "correct", changedByConfig: false } as const;
const adopt = { drift: "adopt", changedByConfig: false } as const;

describe("when a job is registered again because of others", () => {
  it("isn't as long as nobody changed it", () => {
    assert.deepEqual(wantedRecord(settled, correct), settled);
    assert.deepEqual(wantedRecord(settled, adopt), settled);
    assert.deepEqual(wantedRecord(settled, { ...correct, changedByConfig: true }), settled);
  });

  it("is for everything that differs, where drift is corrected", () => {
    for (const known of [scaled, noted])
      assert.deepEqual(wantedRecord(known, correct), { ...settled, registration: 5 });
  });

  it("isn't for what was only added, where drift is adopted: that is known from then on", () => {
    const kept = wantedRecord(noted, adopt);
    assert.deepEqual(kept, { ...settled, adopted: ['job: meta[owner] "dba" added'] });
    assert.deepEqual(wantedRecord(kept, adopt), kept);
    assert.deepEqual(foundRecord(kept, noted.changes), kept);
    assert.deepEqual(foundRecord(kept, none), settled);
  });

  it("takes what was adopted back with the rest, with correct again, and with the job's own change", () => {
    const kept = wantedRecord(noted, adopt);
    const again = { ...settled, registration: 5 };
    assert.deepEqual(wantedRecord({ ...kept, changes: scaled.changes }, adopt), again);
    assert.deepEqual(wantedRecord(kept, correct), again);
    assert.deepEqual(wantedRecord(kept, { ...adopt, changedByConfig: true }), settled);
  });
});

describe("what becomes of what others did to a job", () => {
  const updates = { start: 0, stop: 0, replace: 0, stay: 0 };

  function told(
    { changes, adopted }: RegistrationRecord,
    doing: Partial<JobDriftFacts["updates"]> = {},
    wish: Partial<JobDriftWish> = {},
  ): readonly string[] {
    const wanted = { drift: "correct", paused: false, changedByConfig: false, ...wish } as const;
    return jobDriftEffects({ changes, adopted, updates: { ...updates, ...doing } }, wanted).map(
      ({ id, severity, change, consequence }) => `${severity} | ${id} | ${change}: ${consequence}`,
    );
  }

  it("is nothing where nobody changed it", () => {
    assert.deepEqual(told(settled, { stay: 3 }), []);
    assert.deepEqual(told(wantedRecord(noted, adopt), { stay: 3 }, { drift: "adopt" }), []);
  });

  it("is by Nomad's plan what it does to members", () => {
    const change = "drift.takenBack | Nomad job by other hands: group members: count 3 → 2";
    assert.deepEqual(told(scaled, { start: 1, stay: 2 }), [
      `none | ${change}: taken back; 1 member more, brought up to date from the leader`,
    ]);
    assert.deepEqual(told(scaled, { stop: 1, stay: 2 }), [
      `failover | ${change}: taken back; 1 member stops, that of the highest index; the leader changes if it is that`,
    ]);
    assert.deepEqual(told(scaled, { replace: 1, stay: 2 }), [
      `failover | ${change}: taken back; members are replaced, one at a time in Nomad's order; the leader changes when it is its turn`,
    ]);
    assert.deepEqual(told(scaled, { replace: 1 }), [
      `outage | ${change}: taken back; the only member is replaced: no reads and writes until it is back`,
    ]);
    assert.deepEqual(told(scaled, { stay: 3 }), [
      `none | ${change}: taken back; in place, no member restarts`,
    ]);
    assert.deepEqual(told({ ...scaled, changes: { changed: ["stopped"], added: [] } }, { start: 3 }), [
      "none | drift.takenBack | Nomad job by other hands: stopped: taken back; the cluster starts again with 3 members",
    ]);
  });

  it("says what is kept, once", () => {
    assert.deepEqual(told(noted, { stay: 3 }, { drift: "adopt" }), [
      'none | drift.adopted | Nomad job by other hands: job: meta[owner] "dba" added: kept until the job changes: the config doesn\'t set it',
    ]);
  });

  it("says that it goes with a change of the job", () => {
    const wish = { changedByConfig: true } as const;
    assert.deepEqual(told(scaled, { start: 1, stay: 2 }, wish), [
      "none | drift.takenBack | Nomad job by other hands: group members: count 3 → 2: taken back together with the job's own change",
    ]);
    assert.deepEqual(told(wantedRecord(noted, adopt), {}, { ...wish, drift: "adopt" }), [
      'none | drift.takenBack | Nomad job by other hands: job: meta[owner] "dba" added: goes with the job\'s change: a job is registered as a whole',
    ]);
  });

  it("says that it is refused while the cluster is paused, where a member would stop", () => {
    const wish = { paused: true };
    assert.match(
      told(scaled, { replace: 2 }, wish).join(),
      /^warning .*: not taken back: refused while patroni\.pause is true$/,
    );
    assert.match(told(scaled, { start: 1, stay: 2 }, wish).join(), /^none .*taken back; 1 member more/);
  });
});
