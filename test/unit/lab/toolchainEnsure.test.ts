import { strict as assert } from "node:assert";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureTools } from "../../../lab/toolchain/ensureTools";
import { recordingReporter } from "../../support/recordingReporter";
import { goThatBuilds, inTemporaryFolder, scriptedMachine, type Script } from "./toolchainFakes";

/** A machine where everything can be built, and what is built says the right version. */
function builder(script: Script = {}): Script {
  const build = goThatBuilds();
  const versions: Readonly<Record<string, string>> = {
    "nomad version": "Nomad v1.11.3",
    "pulumi version": "v3.245.0",
  };
  return { onPath: ["go"], answer: (line) => versions[line] ?? build(line), ...script };
}

describe("ensureTools", () => {
  it("builds what is missing, and finds it in the cache the next time", () =>
    inTemporaryFolder(async (cacheDir) => {
      const reporter = recordingReporter();
      const first = scriptedMachine(builder());
      const { nomad } = await ensureTools({ cacheDir, reporter, only: ["nomad"] }, first.machine);
      assert.equal(nomad.source, "go");
      assert.equal(nomad.version, "1.11.3");
      assert.equal(readFileSync(nomad.path, "utf8"), "a program");
      assert.deepEqual(reporter.lines.slice(3), [
        "nomad: no download by mise: releases.hashicorp.com can't be reached from here",
        "to get: nomad, build from Go modules (took 3 to 8 min on 2 cores elsewhere)",
        "nomad: build from Go modules ...",
        "  nomad: build from Go modules: nomad: asking Go what is left to compile",
        "nomad: build from Go modules: done",
      ]);
      const again = scriptedMachine(builder());
      const cached = await ensureTools({ cacheDir, reporter, only: ["nomad"] }, again.machine);
      assert.deepEqual(cached.nomad, { ...nomad, source: "cache" });
      assert.deepEqual(again.ran, []);
    }));

  it("puts Pulumi's three programs in one directory", () =>
    inTemporaryFolder(async (cacheDir) => {
      const { machine } = scriptedMachine(builder());
      const options = { cacheDir, reporter: recordingReporter(), only: ["pulumi"] as const };
      const { pulumi } = await ensureTools({ ...options, only: [...options.only] }, machine);
      const directory = pulumi.path.replace(/\/pulumi$/, "");
      for (const name of ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]) {
        assert.equal(pulumi.programs[name], `${directory}/${name}`);
        assert.ok(existsSync(`${directory}/${name}`));
      }
    }));

  it("says that a cached program has changed, and builds it again", () =>
    inTemporaryFolder(async (cacheDir) => {
      const reporter = recordingReporter();
      const ensure = async (): Promise<string> => {
        const { machine } = scriptedMachine(builder());
        return (await ensureTools({ cacheDir, reporter, only: ["nomad"] }, machine)).nomad.path;
      };
      appendFileSync(await ensure(), "and a virus");
      assert.equal(readFileSync(await ensure(), "utf8"), "a program");
      assert.match(reporter.lines.join("\n"), /nomad in the cache is damaged: .* has SHA-256 [0-9a-f]{64}/);
    }));

  it("goes on to the next way when one fails, and says so", () =>
    inTemporaryFolder(async (cacheDir) => {
      const reporter = recordingReporter();
      const { answer } = builder();
      const { machine } = scriptedMachine({
        onPath: ["go", "mise"],
        reachable: ["https://releases.hashicorp.com"],
        answer: (line, options) =>
          line.startsWith("mise")
            ? { code: 1, stdout: "", stderr: "mise ERROR Failed to install: checksum mismatch" }
            : answer?.(line, options),
      });
      const { nomad } = await ensureTools({ cacheDir, reporter, only: ["nomad"] }, machine);
      assert.equal(nomad.source, "go");
      assert.match(
        reporter.lines.join("\n"),
        /download by mise failed: .*Failed to install: checksum mismatch/,
      );
    }));

  it("keeps out a program that isn't the version that was ordered", () =>
    inTemporaryFolder(async (cacheDir) => {
      const build = goThatBuilds();
      const { machine } = scriptedMachine(
        builder({ answer: (line) => (line === "nomad version" ? "Nomad v1.11.0-dev" : build(line)) }),
      );
      await assert.rejects(
        ensureTools({ cacheDir, reporter: recordingReporter(), only: ["nomad"] }, machine),
        /it says that its version is 1\.11\.0, not 1\.11\.3\)\. Install Nomad 1\.11 or newer/,
      );
    }));

  it("names every tool that can't be had, before anything is built", () =>
    inTemporaryFolder(async (cacheDir) => {
      const { machine, ran } = scriptedMachine({ onPath: ["go"], answer: goThatBuilds() });
      const only = ["nomad", "bao", "docker"] as const;
      await assert.rejects(
        ensureTools({ cacheDir, reporter: recordingReporter(), only: [...only] }, machine),
        (error: Error) => {
          assert.equal(error.name, "UserError");
          const [bao, docker, ...more] = error.message.split("\n");
          assert.match(
            bao ?? "",
            /^bao can't be had on this machine \(.*Python 3 is not installed\)\. Install /,
          );
          assert.match(docker ?? "", /^docker can't be had on this machine \(.*\)\. Install Docker Engine/);
          assert.deepEqual(more, []);
          return true;
        },
      );
      assert.deepEqual(ran, ["go env GOVERSION"]);
    }));

  it("does without mmdebstrap where it can't be had, unless it is asked for", () =>
    inTemporaryFolder(async (cacheDir) => {
      const reporter = recordingReporter();
      const versions = new Map([
        ["docker version --format {{.Server.Version}}", "28.2.2"],
        ["docker-registry --version", "docker-registry 2.8.2"],
        ["consul version", "Consul v1.20.6"],
        ["nomad version", "Nomad v1.11.3"],
        ["pulumi version", "v3.245.0"],
        ["bao version", "OpenBao v2.7.2"],
      ]);
      const pulumi = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];
      const { machine } = scriptedMachine({
        onPath: [...pulumi, "nomad", "consul", "bao", "docker", "docker-registry"],
        answer: (line) => versions.get(line),
      });
      const tools = await ensureTools({ cacheDir, reporter }, machine);
      assert.deepEqual(Object.keys(tools), ["pulumi", "nomad", "consul", "bao", "docker", "docker-registry"]);
      assert.match(reporter.lines.join("\n"), /mmdebstrap can't be had .* needed only where base images/);
      await assert.rejects(
        ensureTools({ cacheDir, reporter, only: ["mmdebstrap"] }, machine),
        /mmdebstrap can't be had/,
      );
    }));

  it("says where tools can't be kept", () =>
    inTemporaryFolder(async (folder) => {
      const cacheDir = join(folder, "file");
      writeFileSync(cacheDir, "");
      await assert.rejects(
        ensureTools(
          { cacheDir, reporter: recordingReporter(), only: ["nomad"] },
          scriptedMachine(builder()).machine,
        ),
        (error: Error) =>
          error.name === "UserError" && error.message.includes(`can't be kept in ${cacheDir}`),
      );
    }));

  it("builds with settings of its own, whatever the user's are", () =>
    inTemporaryFolder(async (cacheDir) => {
      const script = builder();
      const environments: Readonly<Record<string, string | undefined>>[] = [];
      const { machine } = scriptedMachine({
        ...script,
        answer: (line, options) => {
          if (line.startsWith("go build")) environments.push(options.env ?? {});
          return script.answer?.(line, options);
        },
      });
      await ensureTools({ cacheDir, reporter: recordingReporter(), only: ["nomad"] }, machine);
      const [environment] = environments;
      assert.equal(environment?.["GOFLAGS"], "-mod=readonly -trimpath -buildvcs=false");
      assert.equal(environment["CGO_ENABLED"], "0");
      assert.equal(environment["GOWORK"], "off");
      assert.equal(environment["GOARCH"], "amd64");
      assert.ok("GOEXPERIMENT" in environment && environment["GOEXPERIMENT"] === undefined);
    }));
});

describe("ensureTools with Debian packages", () => {
  const only = ["mmdebstrap" as const];
  const policy = "mmdebstrap:\n  Installed: (none)\n  Candidate: 1.3.5\n  Version table:\n";

  it("fetches the package lists first where they are missing, and starts no service", () =>
    inTemporaryFolder(async (cacheDir) => {
      let [updated, installed] = [false, false];
      const onPath = ["apt-get"];
      const scripted = scriptedMachine({
        isRoot: true,
        onPath,
        answer: (line, options) => {
          if (line === "apt-get update") updated = true;
          if (line === "apt-cache policy mmdebstrap")
            return updated ? policy : policy.replace("1.3.5", "(none)");
          if (line.startsWith("apt-get install")) {
            assert.equal(options.env?.["SYSTEMD_OFFLINE"], "1");
            installed = updated;
            onPath.push("mmdebstrap");
          }
          return line === "mmdebstrap --version" ? "mmdebstrap 1.3.5" : "";
        },
      });
      const { mmdebstrap } = await ensureTools(
        { cacheDir, reporter: recordingReporter(), only },
        scripted.machine,
      );
      assert.ok(installed);
      assert.equal(mmdebstrap.source, "debian");
    }));

  it("fetches them again when an old list names files that are gone", () =>
    inTemporaryFolder(async (cacheDir) => {
      let updated = false;
      const onPath = ["apt-get"];
      const scripted = scriptedMachine({
        isRoot: true,
        onPath,
        answer: (line) => {
          if (line === "apt-get update") updated = true;
          if (line === "apt-cache policy mmdebstrap") return policy;
          if (line.startsWith("apt-get install") && !updated) {
            return { code: 100, stdout: "", stderr: "E: Failed to fetch mmdebstrap.deb  404  Not Found" };
          }
          if (line.startsWith("apt-get install")) onPath.push("mmdebstrap");
          return line === "mmdebstrap --version" ? "mmdebstrap 1.3.5" : "";
        },
      });
      const options = { cacheDir, reporter: recordingReporter(), only };
      assert.equal((await ensureTools(options, scripted.machine)).mmdebstrap.source, "debian");
      const apt = scripted.ran.filter((line) => line.startsWith("apt-get")).map((line) => line.split(" ")[1]);
      assert.deepEqual(apt, ["install", "update", "install"]);
    }));
});
