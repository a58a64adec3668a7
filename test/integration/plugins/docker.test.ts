import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import Dockerode from "dockerode";
import { plugin } from "../../../lab/plugins/docker/plugin";
import { describeWith } from "../../support/needs";
import { PluginClient } from "../../support/pluginClient";
import type { Wire } from "../../support/pluginClient";

const type = "docker:index/image:Image";
const registry = process.env["NOMAD_POSTGRES_LAB_REGISTRY"] ?? "";

/** An image of this engine that has a shell: the lab's base image. */
async function labImage(engine: Dockerode): Promise<string> {
  const images = await engine.listImages({ filters: { reference: ["*/lab/postgres"] } });
  const name = images.flatMap((image) => image.RepoTags ?? [])[0];
  if (name === undefined)
    throw new Error("the engine has no image */lab/postgres, which the lab pushes when it starts");
  return name;
}

describeWith(
  "the docker stand-in against a real engine",
  ["DOCKER_HOST", "NOMAD_POSTGRES_LAB_REGISTRY"],
  function () {
    this.timeout(120_000);
    this.slow(20_000);
    const engine = new Dockerode();
    const repository = `standin-${randomBytes(4).toString("hex")}`;
    let folder: string;
    let client: PluginClient;
    before(async () => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), "docker-standin-"));
      client = await PluginClient.start(plugin);
    });
    after(async () => {
      client.close();
      fs.rmSync(folder, { recursive: true, force: true });
      const images = await engine.listImages({ filters: { reference: [`*/${repository}`, repository] } });
      await Promise.all(images.map((image) => engine.getImage(image.Id).remove({ force: true })));
    });

    /** A context with this Dockerfile, checked as the engine would have it. */
    const checked = async (dockerfile: string, more: Wire = {}, build: Wire = {}): Promise<Wire> => {
      fs.writeFileSync(path.join(folder, "Dockerfile"), dockerfile);
      fs.writeFileSync(path.join(folder, "greeting.txt"), "hello");
      const { inputs, failures } = await client.check(type, {
        imageName: `${registry}/${repository}:1`,
        build: {
          context: folder,
          dockerfile: path.join(folder, "Dockerfile"),
          platform: "linux/amd64",
          ...build,
        },
        ...more,
      });
      deepStrictEqual(failures, []);
      return inputs;
    };
    const labels = async (name: string): Promise<Record<string, string>> =>
      (await engine.getImage(name).inspect()).Config.Labels;

    it("builds with arguments and target, and pushes", async () => {
      const dockerfile =
        "FROM scratch AS base\nARG WHO=nobody\nLABEL who=$WHO\nCOPY greeting.txt /\nFROM base AS last\nLABEL last=yes\n";
      const inputs = await checked(dockerfile, {}, { args: { WHO: "world" }, target: "base" });
      const { id, outputs } = await client.create(type, inputs);
      const name = `${registry}/${repository}:1`;
      deepStrictEqual([id, outputs["imageName"], outputs["registryServer"]], [name, name, registry]);
      match(outputs["repoDigest"] as string, new RegExp(`^${registry}/${repository}@sha256:[0-9a-f]{64}$`));
      deepStrictEqual(await labels(name), { who: "world" });
      const response = await fetch(`http://${registry}/v2/${repository}/manifests/1`, {
        headers: { accept: "application/vnd.docker.distribution.manifest.v2+json" },
      });
      strictEqual(
        `${registry}/${repository}@${response.headers.get("docker-content-digest") ?? ""}`,
        outputs["repoDigest"],
      );

      const again = await client.read(type, id, outputs, inputs);
      deepStrictEqual(again, { outputs, inputs });
      const changed = await checked(dockerfile, {}, { args: { WHO: "you" }, target: "base" });
      strictEqual((await client.diff(type, id, inputs, changed, outputs)).changed, true);
      await client.update(type, id, outputs, inputs, changed);
      deepStrictEqual(await labels(name), { who: "you" });
      await client.delete(type, id, outputs);
      deepStrictEqual(await labels(name), { who: "you" });
    });

    for (const builderVersion of ["BuilderBuildKit", "BuilderV1"]) {
      it(`builds with ${builderVersion}, without a push when told so`, async () => {
        const name = `${repository}:${builderVersion.toLowerCase()}`;
        const inputs = await checked(
          "FROM scratch\nCOPY greeting.txt /\n",
          { imageName: name, skipPush: true },
          { builderVersion },
        );
        const { outputs } = await client.create(type, inputs);
        strictEqual(outputs["repoDigest"], (await engine.getImage(name).inspect()).Id);
      });

      it(`shows what a build with ${builderVersion} failed of`, async () => {
        const inputs = await checked("FROM scratch\nCOPY missing.txt /\n", {}, { builderVersion });
        await rejects(
          client.create(type, inputs),
          /can't build .*:1 for linux\/amd64: .*(missing\.txt.*not found|failed to compute cache key|file not found)/s,
        );
      });
    }

    it("says what a failed step complained of, however much else was printed", async () => {
      const base = await labImage(engine);
      const script = 'for i in $(seq 40); do echo "line $i"; done; echo "disk is cheese" >&2; exit 3';
      const inputs = await checked(`FROM ${base}\nRUN ${script}\n`, {
        imageName: `${repository}:broken`,
        skipPush: true,
      });
      await rejects(
        client.create(type, inputs),
        /can't build .*exit code: 3\nThe last lines were:\n.* {2}line \d+\n.*disk is cheese/s,
      );
    });

    it("builds for another architecture", async () => {
      const name = `${repository}:arm64`;
      const more = { imageName: name, skipPush: true };
      const inputs = await checked("FROM scratch\nCOPY greeting.txt /\n", more, { platform: "linux/arm64" });
      await client.create(type, inputs);
      strictEqual((await engine.getImage(name).inspect()).Architecture, "arm64");
    });

    it("names a registry that isn't there", async () => {
      const inputs = await checked("FROM scratch\nCOPY greeting.txt /\n", {
        imageName: `127.0.0.1:9/${repository}:1`,
      });
      await rejects(
        client.create(type, inputs),
        /can't push 127\.0\.0\.1:9\/.*: the registry 127\.0\.0\.1:9 does not answer the Docker engine: .*connection refused/s,
      );
    });
  },
);
