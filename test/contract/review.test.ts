import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { CommandError } from "../../commands/commandError";
import { runReview } from "../../commands/review/run";
import type { Review } from "../../patroni/review/model";
import { PulumiDouble } from "../support/pulumiDouble";

const recorded = path.join(__dirname, "..", "recorded");

describe("npm run review, with recorded previews of the real engine", () => {
  const pulumi = new PulumiDouble();
  after(() => {
    pulumi.remove();
  });

  async function run(name: string, args: readonly string[], previewCode = 0) {
    pulumi.previews(fs.readFileSync(path.join(recorded, `${name}.json`), "utf8"));
    let text = "";
    const output = { write: (piece: string) => (text += piece) };
    const place = pulumi.place({ PREVIEW_CODE: String(previewCode) });
    const code = await runReview(["--stack", "prod", ...args], { pulumi: place, output });
    return { code, text };
  }

  async function refused(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const output = { write: (text: string) => assert.fail(`printed ${text}`) };
    const error = await runReview(args, { pulumi: pulumi.place(env), output }).then(
      (code) => assert.fail(`ended with ${code}`),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof CommandError, String(error));
    return error.message;
  }

  it("prints Markdown, and ends with 3 for what stops writes", async () => {
    const { code, text } = await run("preview-changed", []);
    assert.equal(code, 3);
    assert.match(text, /^<!-- nomad-postgres review: prod -->\n/);
    assert.match(text, /2 tenants touched; worst effect: outage\.\*\* 1 other tenant stays as it is\.$/m);
    assert.match(
      text,
      /^\| `beta` \| outage \| `removed`: 2 members stop, volumes and credentials kept \|$/m,
    );
    assert.match(
      text,
      /^\| `acme` \| failover \| `max_connections 200 → 300`: rolling restart, .*; and 1 more effect \|$/m,
    );
    assert.equal(
      pulumi.previewArguments(),
      "preview --json --show-sames --stack prod --non-interactive --color never",
    );
  });

  it("writes JSON, and both to files", async () => {
    const { text } = await run("preview-changed", ["--json", "-"]);
    const review = JSON.parse(text) as Review;
    const { format, stack, outcome, worst, untouched, notes, problems } = review;
    assert.deepEqual(
      [format, stack, outcome, worst, untouched, notes, problems],
      [1, "prod", "previewed", "outage", 1, [], []],
    );
    assert.deepEqual(review.tenants[0]?.resources, {
      created: 0,
      updated: 0,
      replaced: [],
      deleted: [
        ...[
          "AuthBackendRole beta-role",
          "Config beta-config",
          "Credentials beta-credentials",
          "Job beta-job",
        ],
        ...["Leader beta-leader", "Policy beta-policy", "Storage beta-storage"],
      ],
    });
    const [json, markdown] = [path.join(pulumi.folder, "r.json"), path.join(pulumi.folder, "r.md")];
    const silent = await run("preview-changed", [`--json=${json}`, "--markdown", markdown]);
    assert.equal(silent.text, "");
    assert.deepEqual(JSON.parse(fs.readFileSync(json, "utf8")), review);
    assert.match(fs.readFileSync(markdown, "utf8"), /^<!-- nomad-postgres review: prod -->/);
  });

  it("ends as --fail-on asks", async () => {
    const ends: Readonly<Record<string, number>> = {
      ...{ "data-loss": 0, "data loss": 0, outage: 3, failover: 3, none: 3, never: 0 },
    };
    for (const [severity, expected] of Object.entries(ends))
      assert.equal((await run("preview-changed", ["--fail-on", severity])).code, expected, severity);
  });

  it("says what is wrong with the config, and ends with 1 whatever --fail-on asks", async () => {
    for (const severity of ["never", "none"]) {
      const { code, text } = await run("preview-wrong-config", ["--fail-on", severity], 1);
      assert.equal(code, 1);
      assert.match(text, /tenants\.beta\.membrs: unknown key `membrs`; did you mean `members`\?/);
    }
  });

  it("says what to do when there is no preview to be had", async () => {
    assert.match(await refused(["--stack", "nope"]), /^no stack named 'nope' found\n`pulumi stack ls` lists/);
    assert.match(await refused([], { NOT_SELECTED: "1" }), /^no stack selected/);
    assert.match(await refused(["--fail-on", "awful"]), /^There is no severity "awful": data-loss, outage, /);
    assert.match(await refused(["--mardown", "x"]), /Did you mean --markdown\?/);
    assert.match(await refused(["--json", "-", "--markdown", "-"]), /can't both go to standard output/);
    const file = path.join(pulumi.folder, "missing", "r.md");
    pulumi.previews('{"steps": [], "diagnostics": []}');
    assert.match(
      await refused(["--markdown", file], { PREVIEW_CODE: "0" }),
      /r\.md can't be written: ENOENT/,
    );
  });

  it("explains itself", async () => {
    const { code, text } = await run("preview-changed", ["--help"]);
    assert.equal(code, 0);
    assert.match(text, /^Usage: npm run review -- /);
  });
});
