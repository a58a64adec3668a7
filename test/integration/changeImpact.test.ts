import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { projectDir } from "../../lab/workspace";
import type { Cluster } from "../../config/model";
import { tenantFacts } from "../../patroni/impact/facts";
import { ChangeImpact } from "../../providers/changeImpact";
import { examplePlatform, volumeCluster } from "../support/examples";
import { describeWith } from "../support/needs";

/** What the program of the test wants; where `broken`, a part of it that isn't removed fails. */
interface Wanted {
  readonly clusters: readonly Cluster[];
  readonly broken?: boolean;
}

/** In place of a cluster's own resources, which need a platform. */
class Work extends pulumi.dynamic.Resource {
  declare readonly leader: pulumi.Output<string>;

  constructor(name: string, broken: boolean, opts?: pulumi.CustomResourceOptions) {
    const work: pulumi.dynamic.ResourceProvider = {
      create: () => Promise.resolve({ id: "work", outs: { leader: "node1" } }),
      update: (_id, _olds, news: { broken: boolean }) =>
        news.broken
          ? Promise.reject(new Error("broken"))
          : Promise.resolve({ outs: { ...news, leader: "node1" } }),
    };
    super(work, name, { broken, leader: undefined }, opts);
  }
}

function program({ clusters, broken = false }: Wanted): () => Promise<void> {
  return () => {
    const facts = Object.fromEntries(
      clusters.map((cluster) => [
        cluster.name,
        tenantFacts({ cluster, platform: examplePlatform, imagePrefix: "r/patroni:17" }),
      ]),
    );
    const attempt = new ChangeImpact("impact-attempt", { facts, record: "attempt" });
    // What fails before the attempt is recorded ends the update, and the attempt is told again.
    const work = new Work("work", broken, { dependsOn: attempt });
    const after = [work, ...clusters.map(({ name }) => new Work(name, false))].map(({ leader }) => leader);
    new ChangeImpact("impact-success", { facts, record: "success", after }, { dependsOn: attempt });
    return Promise.resolve();
  };
}

const gamma: Cluster = { ...volumeCluster, name: "gamma", members: 2 };
const more: Cluster = { ...volumeCluster, parameters: { max_connections: 300 } };
const restart =
  "acme: max_connections 200 → 300: rolling restart, replicas first, then a switchover: 3 restarts, less than 1 s without writes";
const removal = "gamma: removed: 2 members stop, volumes and credentials kept";

describeWith("the impact of a change, with the real engine and no platform", ["PULUMI_HOME"], function () {
  this.timeout(240_000);
  let folder: string;
  let stack: Stack;

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "impact-"));
    // The engine starts the provider in the project's folder, where it loads its work from.
    for (const name of ["package.json", "node_modules", "providers", "patroni", "config"])
      fs.symlinkSync(path.join(projectDir, name), path.join(folder, name));
    fs.mkdirSync(path.join(folder, "state"));
    const options = {
      workDir: folder,
      envVars: { PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`, PULUMI_CONFIG_PASSPHRASE: "" },
    };
    const nothing = program({ clusters: [] });
    stack = await LocalWorkspace.createOrSelectStack(
      { stackName: "dev", projectName: "impact", program: nothing },
      options,
    );
  });

  after(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** Lines of the effects among all that the engine printed, once each. */
  function effectsIn(output: string): readonly string[] {
    const lines = output.split("\n").map((line) => line.trim());
    return [...new Set(lines.filter((line) => /^(acme|gamma|impact): /.test(line)))];
  }

  async function preview(wanted: Wanted, target: readonly string[] = []): Promise<readonly string[]> {
    const options = { program: program(wanted), color: "never" as const, target: [...target] };
    return effectsIn((await stack.preview(options)).stdout);
  }

  async function up(
    wanted: Wanted,
  ): Promise<{ readonly lines: readonly string[]; readonly summary: object }> {
    const { stdout, summary } = await stack.up({ program: program(wanted), color: "never" });
    return { lines: effectsIn(stdout), summary: summary.resourceChanges ?? {} };
  }

  async function failingUp(wanted: Wanted, continueOnError = false): Promise<string> {
    const options = { program: program(wanted), color: "never" as const, continueOnError };
    return stack.up(options).then(
      () => assert.fail("it succeeded"),
      (error: unknown) => String(error),
    );
  }

  it("is told in the preview and in the update, and not when nothing changes", async () => {
    const first = await up({ clusters: [volumeCluster, gamma] });
    assert.match(first.lines.join("\n"), /^impact: first record of 2 clusters/);
    const again = await up({ clusters: [volumeCluster, gamma] });
    assert.deepEqual([again.lines, Object.keys(again.summary)], [[], ["same"]]);
    assert.deepEqual(await preview({ clusters: [more] }), [removal, restart]);
    assert.deepEqual(await preview({ clusters: [more] }, ["**::impact-attempt"]), [removal, restart]);
  });

  it("is told again after an update that failed, and no more once it came through", async () => {
    const output = await failingUp({ clusters: [more], broken: true });
    assert.deepEqual(effectsIn(output), [removal, restart]);
    assert.deepEqual(await preview({ clusters: [more] }), [removal, restart]);
    const mended = await up({ clusters: [more] });
    assert.deepEqual(mended.lines, []);
    assert.deepEqual(await preview({ clusters: [more] }), []);
  });

  it("is told again where one failed and another was removed, and the state stays whole", async () => {
    await up({ clusters: [volumeCluster, gamma] });
    const output = await failingUp({ clusters: [more], broken: true }, true);
    assert.deepEqual(effectsIn(output), [removal, restart]);
    assert.doesNotMatch(output, /snapshot integrity/);
    assert.deepEqual(await preview({ clusters: [more] }), [removal, restart]);
    const mended = await up({ clusters: [more] });
    assert.deepEqual(mended.lines, []);
    assert.deepEqual(await preview({ clusters: [more] }), []);
  });
});
