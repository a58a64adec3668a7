import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ensureBaseImage } from "../../../lab/images/baseImage";
import type { Architecture } from "../../../lab/images/debianRootfs";
import { recordingReporter, type RecordingReporter } from "../../support/recordingReporter";
import type { CommandResult, RunCommand } from "../../../lab/toolchain/command";
import { RegistryDouble } from "../../support/doubles/registryDouble";

describe("the lab's base image", () => {
  let registry: RegistryDouble;
  let address: string;
  let cacheDir: string;
  let reporter: RecordingReporter;
  let made: string[][];

  beforeEach(async () => {
    registry = new RegistryDouble();
    address = await registry.start();
    cacheDir = mkdtempSync(join(tmpdir(), "base-image-"));
    reporter = recordingReporter();
    made = [];
  });
  afterEach(async () => {
    await registry.stop();
    rmSync(cacheDir, { recursive: true });
  });

  /** In place of mmdebstrap: writes its arguments as the tarball. */
  const mmdebstrap: RunCommand = (_program, args, options) => {
    options?.onLine?.("I: installing remaining packages inside the chroot...");
    made.push([...args]);
    writeFileSync(args.at(-1) ?? "", args.slice(0, -1).join("\n"));
    return Promise.resolve({ code: 0, stdout: "", stderr: "" });
  };
  const ending =
    (result: CommandResult): RunCommand =>
    () =>
      Promise.resolve(result);

  /** No engine listens there, so that nothing can be pulled. */
  const ensure = (architecture: Architecture, run: RunCommand = mmdebstrap): Promise<string> =>
    ensureBaseImage({
      docker: `unix://${join(cacheDir, "absent.sock")}`,
      registry: address,
      architecture,
      postgresVersion: 17,
      cacheDir,
      reporter,
      run,
    });

  const manifest = (name: string): unknown => JSON.parse(registry.manifests.get(name)?.text ?? "null");
  const listed = (): { digest: string; platform: object }[] =>
    (manifest("17-trixie") as { manifests: { digest: string; platform: object }[] }).manifests;

  it("is made from Debian's packages where the official one can't be pulled", async () => {
    assert.equal(await ensure("amd64"), `${address}/lab/postgres:17-trixie`);
    const [args = []] = made;
    assert.ok(args.includes("--architectures=amd64"));
    assert.ok(args.some((arg) => arg.startsWith("--include=") && arg.includes("postgresql-17,python3")));
    const [entry] = listed();
    assert.deepEqual(entry?.platform, { os: "linux", architecture: "amd64" });
    const { config, layers } = manifest(entry.digest) as Record<"config" | "layers", never>;
    const { architecture, config: settings } = JSON.parse(blob(config)) as {
      architecture: string;
      config: { Env: string[] };
    };
    assert.equal(architecture, "amd64");
    assert.ok(settings.Env.includes("PG_MAJOR=17"));
    assert.equal(
      gunzipSync(registry.blobs.get(digest(layers[0])) ?? "").toString(),
      args.slice(0, -1).join("\n"),
    );
  });

  it("says why it is made, and what mmdebstrap is doing", async () => {
    await ensure("amd64");
    assert.ok(reporter.lines.some((line) => line.startsWith("postgres:17-trixie can't be pulled here (")));
    assert.ok(
      reporter.lines.some((line) => line.endsWith(": installing remaining packages inside the chroot...")),
    );
  });

  it("is left alone where the registry has it", async () => {
    await ensure("amd64");
    const before = new Map(registry.manifests);
    await ensure("amd64", ending({ code: 1, stdout: "", stderr: "must not run" }));
    assert.deepEqual(registry.manifests, before);
  });

  it("has an entry for each architecture", async () => {
    await ensure("amd64");
    await ensure("arm64");
    assert.deepEqual(
      listed().map(({ platform }) => platform),
      [
        { os: "linux", architecture: "amd64" },
        { os: "linux", architecture: "arm64", variant: "v8" },
      ],
    );
  });

  it("is taken from the cache for a new registry", async () => {
    await ensure("amd64");
    registry.blobs.clear();
    registry.manifests.clear();
    await ensure("amd64");
    assert.equal(made.length, 1);
    assert.equal(listed().length, 1);
  });

  it("is made again where what is in the cache was damaged", async () => {
    await ensure("amd64");
    registry.manifests.clear();
    for (const file of layerFiles()) writeFileSync(file, "damaged");
    await ensure("amd64");
    assert.equal(made.length, 2);
    assert.equal(layerFiles().length, 1);
  });

  it("is made anew after one that was interrupted", async () => {
    await assert.rejects(ensure("amd64", ending({ code: 128, stdout: "", stderr: "" })));
    await ensure("amd64");
    assert.equal(listed().length, 1);
  });

  it("can't be had without mmdebstrap, which is said with what to do", async () => {
    await assert.rejects(ensure("amd64", ending({ code: 127, stdout: "", stderr: "" })), {
      name: "UserError",
      message: /mmdebstrap is not installed.*apt-get install mmdebstrap.*docker\.io/,
    });
  });

  it("can't be had where mmdebstrap fails, which is said in its own words", async () => {
    const failing = ending({
      code: 1,
      stdout: "",
      stderr: "I: running apt-get update\nE: no such suite: trixie\n",
    });
    await assert.rejects(ensure("amd64", failing), {
      name: "UserError",
      message: /says: E: no such suite: trixie$/,
    });
    assert.equal(registry.manifests.size, 0);
  });

  function layerFiles(): string[] {
    const files = readdirSync(join(cacheDir, "rootfs"), { recursive: true, encoding: "utf8" });
    return files.filter((name) => name.endsWith(".tar.gz")).map((name) => join(cacheDir, "rootfs", name));
  }

  function digest(descriptor: unknown): string {
    return (descriptor as { digest: string }).digest;
  }

  function blob(descriptor: unknown): string {
    return registry.blobs.get(digest(descriptor))?.toString() ?? "";
  }
});
