import { deepStrictEqual, match, notStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { digestOf, readBuildContext } from "../../../lab/plugins/docker/buildContext";
import { parseDockerIgnore } from "../../../lab/plugins/docker/dockerIgnore";
import { plugin } from "../../../lab/plugins/docker/plugin";
import { allCredentials, registryOf, repositoryOf } from "../../../lab/plugins/docker/registry";
import { PluginClient, unknownText } from "../../support/pluginClient";
import type { Wire } from "../../support/pluginClient";

const type = "docker:index/image:Image";

describe("the docker stand-in", () => {
  let folder: string;
  let client: PluginClient;
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "docker-standin-"));
    fs.writeFileSync(path.join(folder, "Dockerfile"), "FROM scratch\nCOPY a.txt /\n");
    fs.writeFileSync(path.join(folder, "a.txt"), "a");
    client = await PluginClient.start(plugin, { host: "unix:///nonexistent/docker.sock" });
  });
  after(() => {
    client.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const inputs = (more: Wire = {}, build: Wire = {}): Wire => ({
    imageName: "127.0.0.1:5000/test/a:1",
    build: {
      context: folder,
      dockerfile: path.join(folder, "Dockerfile"),
      platform: "linux/amd64",
      ...build,
    },
    ...more,
  });

  it("sees a change in the build context, and none when nothing changed", async () => {
    const first = await client.check(type, inputs());
    deepStrictEqual(first.failures, []);
    const second = await client.check(type, inputs());
    strictEqual((await client.diff(type, "x", first.inputs, second.inputs)).changed, false);
    fs.writeFileSync(path.join(folder, "a.txt"), "b");
    const third = await client.check(type, inputs());
    deepStrictEqual((await client.diff(type, "x", first.inputs, third.inputs)).diffs, ["build"]);
  });

  it("takes new credentials for no change, a new registry for one", async () => {
    const registry = { server: "r.example", username: "u", password: "p" };
    const other = await client.diff(
      type,
      "x",
      inputs({ registry }),
      inputs({ registry: { ...registry, password: "q" } }),
    );
    strictEqual(other.changed, false);
    const moved = await client.diff(
      type,
      "x",
      inputs({ registry }),
      inputs({ registry: { ...registry, server: "s" } }),
    );
    strictEqual(moved.changed, true);
  });

  it("builds nothing in a preview, and foretells all but the digest", async () => {
    const { outputs } = await client.create(type, inputs(), true);
    const { baseImageName, dockerfile, registryServer, repoDigest } = outputs;
    deepStrictEqual(
      [baseImageName, dockerfile, registryServer, repoDigest],
      ["127.0.0.1:5000/test/a:1", "Dockerfile", "127.0.0.1:5000", unknownText],
    );
    const unknown = await client.create(type, inputs({}, { context: unknownText }), true);
    strictEqual(unknown.outputs["dockerfile"], unknownText);
  });

  it("names what can't be built", async () => {
    const failures = async (given: Wire): Promise<string> =>
      (await client.check(type, given)).failures.join("\n");
    match(
      await failures(inputs({ imageName: "a:1" })),
      /"imageName" is "a:1", but an image that is pushed must be named/,
    );
    strictEqual(await failures(inputs({ imageName: "a:1", skipPush: true })), "");
    match(await failures(inputs({ buildOnPreview: true })), /a preview builds nothing/);
    match(
      await failures(inputs({}, { builderVersion: "3" })),
      /"build.builderVersion" is "3", but must be one of/,
    );
    match(
      await failures(inputs({}, { context: "/nowhere" })),
      /"build.context" is "\/nowhere", but there is no such/,
    );
    match(
      await failures(inputs({}, { dockerfile: "Dockerfile" })),
      /"build.dockerfile" is "Dockerfile".*Did you mean "/,
    );
    match(await failures(inputs({}, { dockerfile: __filename })), /is outside of "build.context"/);
    match(await failures(inputs({}, { cacheFrom: { images: [] } })), /"build.cacheFrom" is not carried out/);
  });

  it("names an engine that isn't there", async () => {
    await rejects(
      client.create(type, inputs()),
      /the Docker engine at unix:\/\/\/nonexistent\/docker.sock does not answer \(there is no such socket\): is it running\? DOCKER_HOST/,
    );
    const ssh = await PluginClient.start(plugin, { host: "ssh://a" });
    await rejects(ssh.create(type, inputs()), /this stand-in only knows unix:/);
    ssh.close();
  });

  describe("build contexts", () => {
    it("respect .dockerignore, but for what the engine needs", () => {
      const root = path.join(folder, "ignored");
      fs.mkdirSync(path.join(root, "node_modules/x"), { recursive: true });
      fs.mkdirSync(path.join(root, "src"));
      for (const file of [
        "Dockerfile",
        "node_modules/x/a.js",
        "node_modules/keep.js",
        "src/a.ts",
        "src/a.log",
      ]) {
        fs.writeFileSync(path.join(root, file), file);
      }
      fs.writeFileSync(
        path.join(root, ".dockerignore"),
        "# no\nDockerfile\nnode_modules\n!node_modules/keep.js\n**/*.log\n",
      );
      const context = readBuildContext(root, path.join(root, "Dockerfile"));
      deepStrictEqual(context.entries, [
        ".dockerignore",
        "Dockerfile",
        "node_modules",
        "node_modules/keep.js",
        "src",
        "src/a.ts",
      ]);
    });

    it("have a digest of contents, not of time", () => {
      const digest = (): string => digestOf(readBuildContext(folder, path.join(folder, "Dockerfile")));
      const first = digest();
      const file = path.join(folder, "a.txt");
      fs.utimesSync(file, 1, 1);
      fs.chmodSync(file, 0o600);
      strictEqual(digest(), first);
      fs.chmodSync(file, 0o700);
      notStrictEqual(digest(), first);
    });
  });

  it("reads .dockerignore as Docker does", () => {
    const cases: readonly (readonly [string, string, boolean])[] = [
      ["*.md", "a.md", true],
      ["*.md", "docs/a.md", false],
      ["**/*.md", "docs/deep/a.md", true],
      ["**/*.md", "a.md", true],
      ["docs", "docs/a.md", true],
      ["/docs/", "docs/a.md", true],
      ["doc?", "docs/a.md", true],
      ["doc", "docs/a.md", false],
      ["docs/**", "docs/a/b", true],
      ["[ab].txt", "b.txt", true],
      ["*\n!a.txt", "a.txt", false],
      ["*\n!a.txt", "b.txt", true],
      ["!a.txt\n*", "a.txt", true],
      ["a.b", "axb", false],
      ["# *", "a", false],
    ];
    for (const [text, name, excluded] of cases)
      strictEqual(parseDockerIgnore(text)(name), excluded, `${text} ${name}`);
  });

  it("finds registries and credentials", () => {
    deepStrictEqual(
      ["127.0.0.1:5000/a", "localhost/a", "r.example/a/b:1", "library/a", "a"].map(registryOf),
      ["127.0.0.1:5000", "localhost", "r.example", undefined, undefined],
    );
    deepStrictEqual(["h:5000/a:1", "h:5000/a", "a@sha256:1"].map(repositoryOf), [
      "h:5000/a",
      "h:5000/a",
      "a",
    ]);
    const auth = Buffer.from("me:pass:word").toString("base64");
    fs.writeFileSync(
      path.join(folder, "config.json"),
      JSON.stringify({ auths: { "https://r.example/v1/": { auth }, e: {} } }),
    );
    deepStrictEqual(allCredentials({ DOCKER_CONFIG: folder }), {
      "r.example": { username: "me", password: "pass:word", serveraddress: "https://r.example/v1/" },
    });
    ok(Object.keys(allCredentials({ DOCKER_CONFIG: "/nonexistent" })).length === 0);
  });
});
