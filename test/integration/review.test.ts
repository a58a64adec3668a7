import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { runPulumi, type PulumiPlace } from "../../commands/pulumiCli";
import { runReview } from "../../commands/review/run";
import { projectDir } from "../../lab/workspace";
import type { Review } from "../../patroni/review/model";
import { parsePreview } from "../../patroni/review/previewDocument";
import { deployedState } from "../support/deployedState";
import { describeWith } from "../support/needs";

/** Where nothing listens: a preview must not need it. */
const nowhere = "http://127.0.0.1:1";

const tenants = {
  acme: { members: 3, parameters: { max_connections: 200 } },
  beta: { members: 2 },
  gamma: { members: 3 },
};

describeWith("npm run review, with the real engine and no platform", ["PULUMI_HOME"], function () {
  this.timeout(300_000);
  let folder: string;
  let place: PulumiPlace;

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "review-"));
    for (const name of fs.readdirSync(projectDir))
      if (!/^(\.|Pulumi\.\w+\.yaml$)/.test(name) || name === "Pulumi.yaml")
        fs.symlinkSync(path.join(projectDir, name), path.join(folder, name));
    fs.mkdirSync(path.join(folder, "state"));
    place = {
      program: "pulumi",
      projectDirectory: folder,
      env: {
        ...process.env,
        PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      },
    };
    await pulumi("stack", "init", "prod");
    configure("deployed", tenants);
    const first = parsePreview(await pulumi("preview", "--json", ...inFile("deployed")));
    assert.ok(first);
    fs.writeFileSync(path.join(folder, "state.json"), deployedState(first));
    await pulumi("stack", "import", "--stack", "prod", "--file", path.join(folder, "state.json"));
  });

  after(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  async function pulumi(...args: readonly string[]): Promise<string> {
    const { code, output, errors } = await runPulumi(place, args, { seconds: 120 });
    assert.equal(code, 0, `${output}\n${errors}`);
    return output;
  }

  function inFile(name: string): readonly string[] {
    return ["--stack", "prod", "--config-file", path.join(folder, `${name}.yaml`)];
  }

  function configure(name: string, wanted: object, more: object = {}): void {
    const settings = {
      nomadAddress: nowhere,
      consulAddress: nowhere,
      vaultAddress: nowhere,
      imageRepository: "registry.example.net/patroni",
      platform: { networks: { replication: ["10.20.0.0/16"] } },
      tenants: wanted,
      ...more,
    };
    const config = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`nomad-postgres:${key}`, value]),
    );
    fs.writeFileSync(path.join(folder, `${name}.yaml`), stringify({ config }));
  }

  async function review(name: string, wanted: object, ...args: readonly string[]) {
    configure(name, wanted);
    return reviewed(name, args);
  }

  async function reviewed(name: string, args: readonly string[] = []) {
    const [markdownFile, jsonFile] = [path.join(folder, "review.md"), path.join(folder, "review.json")];
    const files = ["--markdown", markdownFile, "--json", jsonFile];
    const output = { write: (text: string) => assert.fail(`printed ${text}`) };
    const code = await runReview([...inFile(name), ...files, ...args], { pulumi: place, output });
    const markdown = fs.readFileSync(markdownFile, "utf8");
    return { code, markdown, json: JSON.parse(fs.readFileSync(jsonFile, "utf8")) as Review };
  }

  it("finds nothing to say of a stack that is as it is wanted", async () => {
    const { code, markdown, json } = await review("same", tenants);
    assert.deepEqual([code, json.worst, json.tenants, json.untouched], [0, "none", [], 3]);
    assert.match(markdown, /^No tenant is touched\. 3 other tenants stay as they are\.$/m);
  });

  it("says of a change what it does to whom, the same each time, and writes nothing to the state", async () => {
    const changed = {
      acme: { members: 3, parameters: { max_connections: 300, work_mem: "8MB" } },
      gamma: { members: 3 },
    };
    const before = await pulumi("stack", "export", "--stack", "prod");
    const one = await review("changed", changed);
    const other = await review("changed", changed, "--fail-on", "data-loss");
    assert.equal(other.markdown, one.markdown);
    assert.deepEqual(other.json, one.json);
    assert.equal(await pulumi("stack", "export", "--stack", "prod"), before);
    assert.deepEqual([one.code, other.code, one.json.untouched], [3, 0, 1]);
    assert.deepEqual(
      one.json.tenants.map(({ name, worst, effects, resources }) => [
        ...[name, worst, effects.map(({ id }) => id)],
        ...[resources.created, resources.updated, resources.replaced.length, resources.deleted.length],
      ]),
      [
        ["beta", "outage", ["tenant.removed"], 0, 0, 0, 16],
        ["acme", "failover", ["parameters.restart", "parameters.reload"], 0, 2, 0, 0],
      ],
    );
  });

  it("says what is wrong with the config, and ends with 1", async () => {
    const { code, markdown, json } = await review("wrong", { ...tenants, beta: { membrs: 2 } });
    assert.deepEqual([code, json.outcome, json.problems.length], [1, "failed", 1]);
    assert.match(markdown, /tenants\.beta\.membrs: unknown key `membrs`; did you mean `members`\?/);
    assert.doesNotMatch(markdown, /\n {4}at /);
  });

  it("says what the storage refuses, and what would have to happen, and ends with 1", async () => {
    configure("moved", tenants, { nomadRegion: "europe" });
    const { code, markdown, json } = await reviewed("moved");
    assert.equal(code, 1);
    assert.match(
      markdown,
      /^The storage of \w+ can't be moved by changing the config: nomadRegion "global" to/m,
    );
    const told = json.tenants.map(({ name, effects }) => [name, effects.map(({ id }) => id)]);
    assert.deepEqual(
      told,
      ["acme", "beta", "gamma"].map((name) => [name, ["storage.moved"]]),
    );
  });

  it("counts it as an outage when Pulumi would delete what the program no longer has, and nothing says why", async () => {
    const state = JSON.parse(await pulumi("stack", "export", "--stack", "prod")) as {
      readonly deployment: { readonly resources: { readonly urn: string; readonly id?: string }[] };
    };
    const { resources } = state.deployment;
    const policy = resources.find(({ urn }) => urn.endsWith("::acme-policy"));
    assert.ok(policy);
    resources.push({ ...policy, urn: `${policy.urn}-of-old` });
    fs.writeFileSync(path.join(folder, "state.json"), JSON.stringify(state));
    await pulumi("stack", "import", "--stack", "prod", "--file", path.join(folder, "state.json"));
    const { code, json } = await review("orphan", tenants);
    assert.deepEqual(
      [
        code,
        json.tenants.map(({ name, worst, effects }) => [name, worst, effects.map(({ change }) => change)]),
      ],
      [3, [["acme", "outage", ["deleted: Policy acme-policy-of-old"]]]],
    );
  });
});
