import assert from "node:assert/strict";
import fc from "fast-check";
import type { Cluster } from "../../../config/model";
import type { PreviewDocument } from "../../../patroni/review/previewDocument";
import { noChanges } from "../../../patroni/review/resourcePlan";
import { stackReview } from "../../../patroni/review/stackReview";
import { ephemeralCluster, volumeCluster } from "../../support/examples";
import { factsOf, preview, recordSteps, resourceSteps, sharedSteps } from "../../support/previews";

const acme = volumeCluster;
const beta = ephemeralCluster;
const gamma: Cluster = { ...volumeCluster, name: "gamma" };
const more: Cluster = { ...acme, parameters: { max_connections: 300 } };
const [before, after] = [factsOf([acme, beta, gamma]), factsOf([more, gamma])];

function review(document: PreviewDocument, failed = false) {
  return stackReview(document, "prod", failed);
}

/** Each tenant's name, severity and effects. */
function told(document: PreviewDocument) {
  return review(document).tenants.map(({ name, worst, effects }) => [
    name,
    worst,
    effects.map(({ id }) => id).join(" "),
  ]);
}

const changed = preview(
  recordSteps({ attempt: before, success: before }, after),
  resourceSteps("acme", "pulumi-nodejs:dynamic/patroni:Config", "acme-config", "update"),
  resourceSteps("beta", "nomad:index/job:Job", "beta-job", "delete"),
  resourceSteps("gamma", "nomad:index/job:Job", "gamma-job", "same"),
  sharedSteps("docker:index/image:Image", "postgres-17-amd64", "update"),
);

describe("the review of a stack", () => {
  it("has the tenants that a change touches, worst first, and counts the others", () => {
    const { tenants, untouched, worst, stack, shared } = review(changed);
    assert.deepEqual(told(changed), [
      ["beta", "data loss", "tenant.removed"],
      ["acme", "failover", "parameters.restart"],
    ]);
    assert.deepEqual([untouched, worst, stack], [1, "data loss", "prod"]);
    assert.deepEqual(tenants[0]?.resources.deleted, ["Job beta-job"]);
    assert.deepEqual([tenants[1]?.resources.updated, shared.updated], [1, 1]);
  });

  it("is the same in whatever order the steps come", () => {
    const expected = review(changed);
    fc.assert(
      fc.property(fc.shuffledSubarray([...changed.steps], { minLength: changed.steps.length }), (steps) => {
        assert.deepEqual(review({ ...changed, steps }), expected);
      }),
    );
  });

  it("says every tenant of a new stack", () => {
    const document = preview(recordSteps({ attempt: undefined, success: undefined }, factsOf([acme, beta])));
    assert.deepEqual(told(document), [
      ["acme", "none", "tenant.created"],
      ["beta", "none", "tenant.created"],
    ]);
    assert.deepEqual(review(document).notes, []);
  });

  it("says again what an update that failed was to do", () => {
    assert.deepEqual(told(preview(recordSteps({ attempt: after, success: before }, after))), [
      ["beta", "data loss", "tenant.removed"],
      ["acme", "failover", "parameters.restart"],
    ]);
  });

  it("says so when there is nothing to compare with", () => {
    const made = resourceSteps("acme", "nomad:index/job:Job", "acme-job", "update");
    const without = review(preview(recordSteps({ attempt: undefined, success: undefined }, after), made));
    assert.match(without.notes.join(), /^There is no record of the clusters yet/);
    const other = { attempt: before, success: before, version: 0 };
    const { notes, untouched, tenants } = review(preview(recordSteps(other, after), made));
    assert.match(notes.join(), /^The last record of the clusters is of another version/);
    assert.deepEqual([untouched, tenants.map(({ name }) => name)], [1, ["acme"]]);
  });

  it("counts a replacement that nothing explains as an outage, and names it", () => {
    const job = resourceSteps(
      ...(["gamma", "nomad:index/job:Job", "gamma-job"] as const),
      ...["create-replacement", "replace", "delete-replaced"],
    );
    const { tenants } = review(preview(recordSteps({ attempt: before, success: before }, before), job));
    assert.deepEqual(
      tenants.map(({ name, worst, effects, resources }) => [name, worst, effects, resources.replaced]),
      [
        [
          "gamma",
          "outage",
          [
            {
              id: "resources.unexplained",
              severity: "outage",
              change: "replaced: Job gamma-job",
              consequence:
                "nothing else that is said here explains it, so look at pulumi preview --diff first",
            },
          ],
          ["Job gamma-job"],
        ],
      ],
    );
  });

  it("takes what a removal, a refused move and another secret delete for explained, and nothing beside it", () => {
    const existing: Cluster = {
      ...acme,
      credentials: { ...acme.credentials, kind: "existing", path: "teams/acme" },
    };
    const records = recordSteps({ attempt: before, success: before }, factsOf([existing, beta, gamma]));
    const secret = resourceSteps(
      "acme",
      "pulumi-nodejs:dynamic/patroni:Credentials",
      "acme-credentials",
      "delete",
    );
    assert.deepEqual(told(preview(records, secret)), [["acme", "outage", "credentials.source job.replaced"]]);
    const job = resourceSteps("acme", "nomad:index/job:Job", "acme-job", "delete");
    assert.match(
      String(told(preview(records, secret, job))),
      /outage,credentials\.source resources\.unexplained job\.replaced$/,
    );
  });

  it("takes it for no loss that the last declaration of databases and roles goes: they stay", () => {
    const roles = { app: { login: false, memberOf: [] } };
    const declaring = factsOf([{ ...acme, roles }]);
    const records = recordSteps({ attempt: declaring, success: declaring }, factsOf([acme]));
    const gone = resourceSteps("acme", "pulumi-nodejs:dynamic/patroni:Databases", "acme-databases", "delete");
    assert.deepEqual(told(preview(records, gone)), [["acme", "none", "databases.kept"]]);
  });

  it("shows a tenant whose resources are updated though nothing is told of it", () => {
    const update = resourceSteps("gamma", "pulumi-nodejs:dynamic/patroni:Leader", "gamma-leader", "update");
    const document = preview(recordSteps({ attempt: before, success: before }, before), update);
    assert.deepEqual(told(document), [["gamma", "none", ""]]);
    assert.equal(review(document).untouched, 2);
  });

  it("doesn't show what looks like a secret, wherever it comes from", () => {
    const secret = "log_line_prefix: password=hunter22";
    const leaky: Cluster = { ...acme, parameters: { log_line_prefix: "password=hunter22" } };
    const records = recordSteps({ attempt: factsOf([leaky]), success: undefined }, factsOf([acme]));
    const diagnostics = [{ severity: "error", message: `error: first\n${secret}\n` }];
    const shown = JSON.stringify([
      review(preview(records)),
      review({ ...preview(records), diagnostics }, true),
    ]);
    assert.doesNotMatch(shown, /hunter22/);
    assert.match(shown, /it looks like a password or token behind its name/);
  });

  it("leaves the resources of a preview that failed out, which are those that it came to", () => {
    const { tenants, shared } = review(changed, true);
    assert.deepEqual(
      tenants.map(({ name, resources }) => [name, resources]),
      ["beta", "acme"].map((name) => [name, noChanges]),
    );
    assert.deepEqual(shared, noChanges);
  });

  it("has the problems of a preview that failed once each, without what Pulumi adds", () => {
    const message = "error: There is 1 problem in the stack's configuration.\n  - tenants: no\n";
    const { outcome, problems, untouched, stack } = review(
      {
        steps: [],
        diagnostics: [
          { severity: "info", message: "info" },
          { severity: "error", message },
          { severity: "error", message },
          { severity: "error", message: "error: preview failed\n" },
        ],
      },
      true,
    );
    assert.deepEqual(problems, ["There is 1 problem in the stack's configuration.\n  - tenants: no"]);
    assert.deepEqual([outcome, untouched, stack], ["failed", null, "prod"]);
  });
});
