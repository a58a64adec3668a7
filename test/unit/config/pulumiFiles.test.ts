import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parse } from "yaml";
import { loadConfig } from "../../../config/load";
import { isMap } from "../../../config/check";
import { settingDescriptions } from "../../../config/schema/setting";
import { simpleSettings } from "../../../config/schema/topLevel";
import { machineWith, sourceOf, type RawConfig } from "./sources";

const project = "nomad-postgres";

function readYaml(file: string): Record<string, unknown> {
  const parsed: unknown = parse(readFileSync(join(__dirname, "../../..", file), "utf8"));
  assert(isMap(parsed));
  return parsed;
}

describe("Pulumi.yaml", () => {
  it("declares the simple settings as the program reads them", () => {
    const declared = readYaml("Pulumi.yaml")["config"];
    const expected = Object.entries(simpleSettings).map(([key, { schema, default: fallback }]) => {
      const description = settingDescriptions.get(schema)?.description;
      return [key, { type: "string", default: fallback, description }];
    });
    assert.deepEqual(declared, Object.fromEntries(expected));
  });

  it("names a tsconfig by which Pulumi's SDK doesn't check types at each preview", () => {
    const { runtime } = readYaml("Pulumi.yaml");
    assert(isMap(runtime) && isMap(runtime["options"]));
    const file = join(__dirname, "../../..", String(runtime["options"]["tsconfig"]));
    const sdk = createRequire(__filename)("@pulumi/pulumi/tsutils") as {
      readonly loadTypeScriptCompilerOptions: (file: string) => Readonly<Record<string, unknown>>;
    };
    assert.equal(sdk.loadTypeScriptCompilerOptions(file)["noCheck"], true);
  });
});

describe("Pulumi.dev.yaml", () => {
  const { config } = readYaml("Pulumi.dev.yaml");
  assert(isMap(config));
  const raw: RawConfig = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace(`${project}:`, ""), value]),
  );
  const file = "/home/operator/.cache/nomad-postgres/lab/extra-ca.pem";
  const machine = machineWith({ [file]: { kind: "text", text: "" } });
  const { platform, clusters } = loadConfig(sourceOf(raw, { machine }));

  it("has two clusters: the platform's with 3 members, and acme's with 2", () => {
    assert.deepEqual(
      clusters.map(({ name, members }) => [name, members]),
      [
        ["platform", 3],
        ["acme", 2],
      ],
    );
  });

  it("stays on loopback, and builds for the machine's own platform", () => {
    assert.deepEqual(platform.image.platforms, ["linux/amd64"]);
    for (const { replicationNetworks, clientNetworks } of clusters) {
      assert.deepEqual([...replicationNetworks, ...clientNetworks], ["127.0.0.0/8", "127.0.0.0/8"]);
    }
  });
});
