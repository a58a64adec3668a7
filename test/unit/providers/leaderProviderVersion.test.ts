import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import ts from "typescript";
import { leaderProviderVersion } from "../../../providers/leaderWait/model";
import { PatroniLeader } from "../../../providers/patroniLeader";
import { registeredInputs } from "../../support/dynamicProviderProcess";

/**
 * What every cluster has to be waited for once more when it changes: the text that the state keeps of the provider,
 * what is sent and kept, and when a cluster counts as ready. Causes and messages may change freely.
 */
const recorded = { version: 2, provider: "00be94c87a2ba285", conditions: "bd1c918d3d020b4d" };

const conditionFiles = [
  "patroni/readyCondition.ts",
  "patroni/observed/memberOf.ts",
  "providers/leaderWait/model.ts",
];

/** The provider's text as Pulumi makes it, which must not depend on where the project is. */
async function providerText(): Promise<string> {
  const args = {
    ...{
      cluster: "c",
      scope: "c",
      keyPrefix: "k",
      members: 1,
      jobId: "j",
      jobVersion: 0,
      jobModifyIndex: "1",
    },
    ...{
      consulAddress: "http://c",
      nomadAddress: "http://n",
      nomadNamespace: "default",
      nomadRegion: "global",
    },
    ...{ maxLagBytes: 0, timeoutSeconds: 1, vaultSecretPath: "a/b" },
  };
  const inputs = await registeredInputs(() => new PatroniLeader("c-leader", args));
  return String(inputs["__provider"]);
}

/** The code of the conditions without comments and layout, and without the version itself. */
function conditionCode(): string {
  const root = path.join(__dirname, "../../..");
  const options = { target: ts.ScriptTarget.ES2020, module: ts.ModuleKind.CommonJS, removeComments: true };
  return conditionFiles
    .map(
      (file) =>
        ts.transpileModule(fs.readFileSync(path.join(root, file), "utf8"), { compilerOptions: options })
          .outputText,
    )
    .join("\n")
    .replace(/leaderProviderVersion = \d+/, "");
}

function digest(text: string): string {
  return createHash("sha256").update(text.replace(/\s+/g, " ")).digest("hex").slice(0, 16);
}

describe("the leader provider's version", () => {
  it("is raised when the provider's text or the conditions for being ready change", async () => {
    const now = {
      version: leaderProviderVersion,
      provider: digest(await providerText()),
      conditions: digest(conditionCode()),
    };
    const advice = "raise leaderProviderVersion in providers/leaderWait/model.ts, then record this here";
    assert.deepEqual(now, recorded, `${advice}: ${JSON.stringify(now)}`);
  });

  it("comes with a text that is small, holds no path of this machine, and no work", async () => {
    const text = await providerText();
    assert.ok(text.length < 4_000, `${text.length} characters`);
    assert.ok(!text.includes(process.cwd()), "it names the project's folder");
    assert.ok(!/\/(root|home|Users)\//.test(text), "it names a home folder");
    assert.doesNotMatch(text, /fetch\(|X-Consul-Token/);
  });
});
