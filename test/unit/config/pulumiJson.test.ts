import assert from "node:assert/strict";
import { sourceFromPulumiJson } from "../../../config/pulumiJson";
import { machineWith } from "./sources";

describe("the config as `pulumi config --json` prints it", () => {
  it("is the project's own, with the secrets named and not known", () => {
    const printed = {
      "nomad-postgres:consulAddress": { value: "http://c:8500", secret: false },
      "nomad-postgres:tenants": { value: '{"acme":{}}', objectValue: { acme: {} }, secret: false },
      "nomad-postgres:platform": { secret: true },
      "aws:region": { value: "eu", secret: false },
    };
    const machine = machineWith();
    assert.deepEqual(sourceFromPulumiJson(JSON.stringify(printed), "nomad-postgres", machine), {
      values: { consulAddress: "http://c:8500", tenants: '{"acme":{}}', platform: "" },
      secretKeys: ["platform"],
      machine,
    });
  });
});
