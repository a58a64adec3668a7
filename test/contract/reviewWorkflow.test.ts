import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { parseArguments } from "../../commands/review/arguments";
import { reviewMarker } from "../../patroni/review/markdown";
import { projectDir } from "../../lab/workspace";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: { readonly review: { readonly if: string; readonly steps: readonly Step[] } };
}

const { permissions, env, jobs } = parse(
  fs.readFileSync(path.join(projectDir, "docs", "review-workflow.yml"), "utf8"),
) as Workflow;
const { steps } = jobs.review;

function scriptOf(name: string): string {
  const run = steps.find((step) => step.name === name)?.run;
  assert.ok(run, name);
  return run;
}

describe("the workflow that posts reviews", () => {
  it("may read the repository and write comments, for branches of the repository alone", () => {
    assert.deepEqual(permissions, { contents: "read", "pull-requests": "write" });
    assert.match(jobs.review.if, /head\.repo\.full_name == github\.repository/);
  });

  it("uses actions of GitHub's own, by commit", () => {
    const used = steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
    assert.equal(used.length, 2);
    for (const action of used) assert.match(action, /^actions\/[a-z-]+@[0-9a-f]{40}$/);
  });

  it("runs the Pulumi that the toolchain pins, and the command by options that it has", () => {
    const page = fs.readFileSync(path.join(projectDir, "docs", "toolchain.md"), "utf8");
    assert.ok(page.includes(`| ${env["pulumi_version"] ?? ""} |`));
    const line = /npm run -s review -- (.*) \|\|/.exec(scriptOf("Review"))?.[1] ?? "";
    const wanted = parseArguments(line.replace('"$stack"', env["stack"] ?? "").split(" "));
    assert.deepEqual(
      [wanted.stack, wanted.markdown, wanted.json, wanted.failOn],
      ["prod", "review.md", "review.json", "data loss"],
    );
  });

  it("sends no token into a place where it could be read", () => {
    for (const { run = "" } of steps)
      assert.doesNotMatch(run, /\$\{\{ *(secrets|github\.token|github\.event)/);
  });

  describe("when it comments", () => {
    before(function () {
      // A runner of GitHub's has it.
      if (spawnSync("jq", ["--version"]).status !== 0) this.skip();
    });

    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "workflow-"));
    after(() => {
      fs.rmSync(folder, { recursive: true });
    });

    /** Runs the step with a `gh` that has these comments; what it was called with to write. */
    function comment(pages: readonly (readonly object[])[], review?: string): readonly string[] {
      const file = (name: string) => path.join(folder, name);
      for (const name of ["review.md", "calls"]) fs.rmSync(file(name), { force: true });
      if (review !== undefined) fs.writeFileSync(file("review.md"), review);
      fs.writeFileSync(file("comments"), pages.map((page) => JSON.stringify(page)).join("\n"));
      const gh = `#!/bin/sh\ncase "$*" in *--paginate*) cat comments ;; *) echo "$*" >> calls ;; esac\n`;
      fs.writeFileSync(file("gh"), gh, { mode: 0o755 });
      fs.writeFileSync(file("script"), scriptOf("Comment"));
      const ended = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "script"], {
        cwd: folder,
        encoding: "utf8",
        env: {
          PATH: `${folder}:${process.env["PATH"] ?? ""}`,
          GITHUB_REPOSITORY: "me/databases",
          GITHUB_STEP_SUMMARY: file("summary"),
          number: "7",
        },
      });
      assert.equal(ended.status, 0, ended.stderr);
      return fs.existsSync(file("calls")) ? fs.readFileSync(file("calls"), "utf8").trim().split("\n") : [];
    }

    const review = `${reviewMarker("prod")}\n\nNo tenant is touched.\n`;
    const bot = { type: "Bot" };

    it("writes a new comment, and takes nobody else's for its own", () => {
      const others = [
        { id: 1, user: { type: "User" }, body: review },
        { id: 2, user: bot, body: `${reviewMarker("staging")}\n` },
        { id: 3, user: bot, body: "Coverage" },
      ];
      const write = "api --silent --method POST repos/me/databases/issues/7/comments -F body=@review.md";
      assert.deepEqual(comment([others, []], review), [write]);
    });

    it("puts the comment of before right, wherever it stands", () => {
      const pages = [[{ id: 1, user: bot, body: "Coverage" }], [{ id: 42, user: bot, body: review }]];
      const write = "api --silent --method PATCH repos/me/databases/issues/comments/42 -F body=@review.md";
      assert.deepEqual(comment(pages, review), [write]);
    });

    it("says nothing where there was no preview", () => {
      assert.deepEqual(comment([[]]), []);
    });
  });
});
