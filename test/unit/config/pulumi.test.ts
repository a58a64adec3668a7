import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readStackConfig } from "../../../config/pulumi";

function configure(values: Readonly<Record<string, unknown>>, secretKeys: readonly string[] = []): void {
  const prefix = `${pulumi.getProject()}:`;
  const texts = Object.entries(values).map(([key, value]): [string, string] => [
    `${prefix}${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(
    { ...Object.fromEntries(texts), "docker:registryAuth": "{}" },
    secretKeys.map((key) => `${prefix}${key}`),
  );
}

const platform = { networks: { replication: ["10.0.0.0/8"] } };

describe("the stack's config in Pulumi", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "config-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
    pulumi.runtime.setAllConfig({});
  });

  it("is read from the project's namespace alone", () => {
    configure({ imageRepository: "a/b", platform, tenants: { acme: {} } });
    assert.deepEqual(
      readStackConfig().clusters.map(({ name }) => name),
      ["acme"],
    );
  });

  it("is refused as one error without a stack trace", () => {
    configure({ imageRepository: "a/b", platform, tenant: {}, tenants: { acme: { members: 0 } } });
    assert.throws(readStackConfig, (error) => {
      assert(pulumi.RunError.isInstance(error));
      assert.match(
        error.message,
        /^There are 2 problems[^]*did you mean `tenants`[^]*tenants\.acme\.members: found 0/,
      );
      return true;
    });
  });

  it("is refused with a secret in it, which is not shown", () => {
    configure({ imageRepository: "a/b", platform, tenants: { acme: { password: "hunter2" } } }, ["tenants"]);
    assert.throws(readStackConfig, (error) => {
      assert(error instanceof Error);
      assert.match(error.message, /tenants: found a secret/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  });

  it("looks at files on the machine", () => {
    const file = join(folder, "ca.pem");
    const messageWith = (extraCaFile: string): string => {
      configure({ imageRepository: "a/b", platform: { ...platform, image: { extraCaFile } } });
      try {
        readStackConfig();
        return "";
      } catch (error) {
        return error instanceof Error ? error.message : "";
      }
    };
    assert.match(messageWith(file), /found no file at/);
    writeFileSync(file, "no certificate");
    assert.match(messageWith(file), /found no PEM certificate/);
    writeFileSync(file, "x".repeat(65537));
    assert.match(messageWith(file), /of more than 64 KiB/);
    assert.match(messageWith(folder), /can't be read \(EISDIR\)/);
    writeFileSync(file, "");
    assert.equal(messageWith(file), "");
  });
});
