import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Cluster } from "../../../config/model";
import { renderReview, reviewMarker } from "../../../patroni/review/markdown";
import { stackReview } from "../../../patroni/review/stackReview";
import { ephemeralCluster, volumeCluster } from "../../support/examples";
import { assertGolden } from "../../support/golden";
import { factsOf, preview, recordSteps, resourceSteps, sharedSteps } from "../../support/previews";

/** What a comment on GitHub may have. */
const mostCharacters = 65_536;

function cluster(name: string, parameters: Cluster["parameters"]): Cluster {
  return { ...volumeCluster, name, parameters };
}

function named(number: number): string {
  return `tenant-${String(number).padStart(3, "0")}`;
}

function many(number: number, parameters: Cluster["parameters"]): readonly Cluster[] {
  return Array.from({ length: number }, (_, index) => cluster(named(index + 1), parameters));
}

/** The Markdown of a change from some clusters to others. */
function rendered(before: readonly Cluster[], after: readonly Cluster[]): string {
  const facts = factsOf(before);
  const records = recordSteps({ attempt: facts, success: facts }, factsOf(after));
  return renderReview(stackReview(preview(records), "prod", false));
}

describe("a review as Markdown", () => {
  it("is as the golden file shows it", () => {
    const before = factsOf([volumeCluster, ephemeralCluster, cluster("gamma", {}), cluster("delta", {})]);
    const acme = { ...volumeCluster, members: 2, parameters: { max_connections: 300, work_mem: "8MB" } };
    const document = preview(
      recordSteps(
        { attempt: before, success: before },
        factsOf([acme, cluster("gamma", {}), cluster("delta", {})]),
      ),
      resourceSteps("acme", "pulumi-nodejs:dynamic/patroni:Config", "acme-config", "update"),
      resourceSteps("acme", "nomad:index/job:Job", "acme-job", "update"),
      resourceSteps("beta", "nomad:index/job:Job", "beta-job", "delete"),
      resourceSteps("gamma", "vault:index/policy:Policy", "gamma-policy", "replace", "create-replacement"),
      sharedSteps("docker:index/image:Image", "postgres-17-amd64", "create"),
    );
    const text = renderReview(stackReview(document, "prod", false));
    assertGolden("review.md", text);
    // docs/review.md shows it up to the end of the first details.
    const page = fs.readFileSync(path.join(__dirname, "../../../docs/review.md"), "utf8");
    const end = "</details>\n";
    assert.ok(page.includes(`\n${text.slice(0, text.indexOf(end) + end.length)}...\n`));
  });

  it("is small for 100 tenants of which 2 changed", () => {
    const before = many(100, { work_mem: "4MB" });
    const after = before.map((one, index) => (index < 2 ? cluster(one.name, { work_mem: "8MB" }) : one));
    const text = rendered(before, after);
    assert.ok(text.length < 1_000, `${text.length} characters`);
    assert.match(text, /2 tenants touched; worst effect: reload\.\*\* 98 other tenants stay as they are\.$/m);
  });

  it("says what is wrong when the preview failed", () => {
    const message =
      "error: There is 1 problem in the stack's configuration. Nothing was changed.\n  - tenants.acme.membrs: unknown key `membrs`; did you mean `members`?\n";
    const document = { steps: [], diagnostics: [{ severity: "error", message }] };
    assertGolden("review-failed.md", renderReview(stackReview(document, "prod", true)));
  });

  it("fits into a comment however many tenants change, and says what it left out", () => {
    for (const number of [200, 1_000]) {
      const text = rendered(many(number, { max_connections: 100 }), many(number, { max_connections: 200 }));
      assert.ok(text.length < mostCharacters, `${text.length} characters`);
      assert.ok(text.length > mostCharacters / 2, `${text.length} characters`);
      assert.match(text, /\d+ more details, for which a comment has no room/);
      const [open, closed] = [text.match(/<details>/g) ?? [], text.match(/<\/details>/g) ?? []];
      assert.equal(open.length, closed.length);
    }
  });

  it("shows a value as it is, whatever it would mean to Markdown", () => {
    const value = "`x` | <img src=x> @someone #1 **bold** ``\n| y |";
    const text = rendered([cluster("acme", {})], [cluster("acme", { log_line_prefix: value })]);
    const rows = text.split("\n").filter((line) => line.startsWith("| "));
    assert.equal(rows.length, 3);
    assert.ok(
      rows[2]?.includes("```log_line_prefix unset → `x` \\| <img src=x> @someone #1 **bold** `` \\| y \\|"),
    );
    assert.ok(text.includes("- reload: ```log_line_prefix unset → `x` | <img src=x>"));
  });

  it("begins with a mark that tells one stack's comment from another's", () => {
    assert.equal(reviewMarker("prod"), "<!-- nomad-postgres review: prod -->");
    assert.ok(rendered([], []).startsWith(`${reviewMarker("prod")}\n`));
    assert.equal(reviewMarker("a-->b"), "<!-- nomad-postgres review: a--b -->");
  });
});
