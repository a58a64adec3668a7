import { strict as assert } from "node:assert";
import { planTool, type Plan } from "../../../lab/toolchain/plan";
import type { ToolName } from "../../../lab/toolchain/tool";
import { recipes } from "../../../lab/toolchain/tools";
import { inTemporaryFolder, scriptedMachine, type Script } from "./toolchainFakes";

const hashicorp = "https://releases.hashicorp.com";

describe("the plan for a tool", () => {
  const plan = (tool: ToolName, script: Script): Promise<Plan> =>
    inTemporaryFolder((cache) => planTool(scriptedMachine(script).machine, cache, recipes[tool]));
  const waysOf = (made: Plan): string[] => (made.kind === "get" ? made.ways.map((way) => way.by) : []);

  it("takes what is on PATH when it is new enough", async () => {
    const made = await plan("nomad", { onPath: ["nomad"], answer: () => "Nomad v1.12.0" });
    assert.equal(made.kind, "have");
    const path = "/usr/bin/nomad";
    assert.deepEqual(made.tool, { path, version: "1.12.0", source: "path", programs: { nomad: path } });
  });

  it("says that what is on PATH is too old, and builds", async () => {
    const made = await plan("nomad", {
      onPath: ["nomad", "go"],
      answer: (line) => (line === "nomad version" ? "Nomad v1.6.0" : "go1.26.8"),
    });
    assert.deepEqual(waysOf(made), ["go"]);
    assert.equal(made.kind, "get");
    assert.deepEqual(made.remarks, [
      "nomad: /usr/bin/nomad is version 1.6.0, which is older than 1.11.0: not used",
      "nomad: no download by mise: releases.hashicorp.com can't be reached from here",
    ]);
  });

  it("wants Pulumi's language host beside the CLI", async () => {
    const script = { onPath: ["pulumi", "go"], answer: () => "v3.250.0" };
    assert.deepEqual(waysOf(await plan("pulumi", script)), ["go"]);
  });

  it("downloads where the vendor can be reached, and would build after that", async () => {
    const reachable = [hashicorp];
    assert.deepEqual(waysOf(await plan("consul", { onPath: ["mise"], reachable })), ["mise", "go"]);
    assert.deepEqual(waysOf(await plan("consul", { onPath: ["npm"], reachable })), ["mise", "go"]);
  });

  it("names everything that stands in the way when there is neither Go nor network", async () => {
    const made = await plan("nomad", {});
    assert.equal(made.kind, "impossible");
    assert.deepEqual(made.reasons, [
      "nomad is not on PATH",
      "no download by mise: releases.hashicorp.com can't be reached from here",
      "no build from Go modules: Go is not installed",
    ]);
  });

  it("repeats what Go says of a version that is too old", async () => {
    const stderr = "go: go.mod requires go >= 1.25.8 (running go 1.21.0; GOTOOLCHAIN=local)";
    const made = await plan("nomad", { onPath: ["go"], answer: () => ({ code: 1, stdout: "", stderr }) });
    assert.equal(made.kind, "impossible");
    assert.match(made.reasons.join("\n"), /the Go on this machine can't build it: go: go\.mod requires/);
  });

  it("says that Python lacks pip", async () => {
    const made = await plan("bao", { onPath: ["python3"] });
    assert.equal(made.kind, "impossible");
    assert.match(made.reasons.join("\n"), /\/usr\/bin\/python3 has no pip/);
  });

  it("installs Debian packages as root only, and builds the registry otherwise", async () => {
    const answer = (): string => "go1.26.8";
    const onPath = ["apt-get", "go"];
    assert.deepEqual(waysOf(await plan("docker-registry", { onPath, answer, isRoot: true })), [
      "debian",
      "go",
    ]);
    assert.deepEqual(waysOf(await plan("docker-registry", { onPath, answer })), ["go"]);
  });
});

describe("the plan for the Docker engine", () => {
  const plan = (script: Script): Promise<Plan> =>
    inTemporaryFolder((cache) => planTool(scriptedMachine(script).machine, cache, recipes.docker));

  it("takes an engine that answers, without dockerd and without root", async () => {
    const made = await plan({ onPath: ["docker"], answer: () => "28.2.2" });
    assert.equal(made.kind, "have");
    assert.deepEqual(made.tool.programs, { docker: "/usr/bin/docker" });
  });

  it("takes a dockerd that root can start", async () => {
    const script: Script = {
      onPath: ["docker", "dockerd"],
      isRoot: true,
      answer: (line) => (line === "dockerd --version" ? "Docker version 20.10.24+dfsg1" : undefined),
    };
    const made = await plan(script);
    assert.equal(made.kind, "have");
    assert.deepEqual([made.tool.version, made.tool.path], ["20.10.24", "/usr/bin/docker"]);
    const asUser = await plan({ ...script, isRoot: false });
    assert.equal(asUser.kind, "impossible");
    assert.match(asUser.reasons.join("\n"), /only root may start one/);
  });

  it("tells a user who may not use it", async () => {
    const stderr = "permission denied while trying to connect to the Docker daemon socket";
    const made = await plan({ onPath: ["docker"], answer: () => ({ code: 1, stdout: "", stderr }) });
    assert.equal(made.kind, "impossible");
    assert.match(made.reasons.join("\n"), /may not use the Docker engine/);
  });
});

describe("the plan for the arm64 emulation", () => {
  const onPath = ["qemu-aarch64-static", "arch-test", "apt-get"];
  const entry = "/proc/sys/fs/binfmt_misc/qemu-aarch64";
  const plan = (text: string): Promise<Plan> =>
    inTemporaryFolder((cache) =>
      planTool(
        scriptedMachine({
          onPath,
          isRoot: true,
          files: { [entry]: text },
          answer: () => "qemu-aarch64 version 7.2.15",
        }).machine,
        cache,
        recipes.arm64Emulation,
      ),
    );

  it("takes a registration that containers can use", async () => {
    assert.equal((await plan("enabled\ninterpreter /usr/bin/qemu\nflags: POCF\n")).kind, "have");
  });

  it("doesn't take one that is off, or that containers can't use", async () => {
    assert.equal((await plan("disabled\ninterpreter /usr/bin/qemu\nflags: POCF\n")).kind, "get");
    assert.equal((await plan("enabled\ninterpreter /usr/bin/qemu\nflags: OC\n")).kind, "get");
  });
});
