import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lastWords } from "../command";
import { readToolchainFile, toolchainFile } from "../files";
import type { Machine } from "../machine";
import { WayFailed, type Making } from "../making";
import type { GoBuild, GoWay } from "../way";

/** Why nothing can be built here, as the end of a sentence; undefined when it can. */
export async function goObstacle(machine: Machine, way: GoWay): Promise<string | undefined> {
  const go = machine.find("go");
  if (go === undefined) return "Go is not installed";
  for (const { module } of way.builds) {
    // Asked in the module's folder, Go says whether it is new enough, or fetches the toolchain it needs.
    const answer = await machine.run(go, ["env", "GOVERSION"], {
      cwd: toolchainFile("go", module),
      env: goEnvironment(machine.architecture),
      timeoutMilliseconds: 180_000,
    });
    if (answer.code !== 0) return `the Go on this machine can't build it: ${lastWords(answer)}`;
  }
  return undefined;
}

/** The texts that pin what is built: the module files, their checksums, and the shims. */
export function goIngredients(way: GoWay): Promise<string[]> {
  return Promise.all([
    ...way.builds.flatMap(({ module }) => [
      readToolchainFile("go", module, "go.mod"),
      readToolchainFile("go", module, "go.sum"),
    ]),
    ...(way.shims ?? []).map((shim) => readToolchainFile("shims", shim)),
  ]);
}

/** Builds every program of `way`, one after the other. Throws {@link WayFailed} with the compiler's words. */
export async function makeWithGo(making: Making, way: GoWay): Promise<void> {
  for (const build of way.builds) await buildOne(making, build);
  for (const shim of way.shims ?? []) {
    await copyFile(toolchainFile("shims", shim), join(making.staging, "bin", shim));
  }
}

async function buildOne({ machine, staging, note }: Making, build: GoBuild): Promise<void> {
  const go = machine.find("go");
  if (go === undefined) throw new WayFailed("Go is not installed");
  const temporary = join(staging, "tmp");
  await mkdir(temporary, { recursive: true });
  const progress = goProgress(build.program, note);
  note(`${build.program}: asking Go what is left to compile`);
  const result = await machine.run(go, goArguments(build, join(staging, "bin", build.program)), {
    cwd: toolchainFile("go", build.module),
    env: { ...goEnvironment(machine.architecture), GOTMPDIR: temporary },
    onLine: progress,
  });
  if (result.code === 0) return;
  const log = join(staging, "..", "failed-build.log");
  await writeFile(log, `${result.stdout}\n${result.stderr}\n`);
  throw new WayFailed(`${build.program} did not build: ${lastWords(result)} (more in ${log})`);
}

/** The `go` command line that builds one program. */
function goArguments(build: GoBuild, output: string): string[] {
  const linkerFlags = ["-s", "-w", ...(build.linkerFlags === undefined ? [] : [build.linkerFlags])];
  return ["build", "-v", "-ldflags", linkerFlags.join(" "), "-o", output, build.package];
}

/**
 * What a build must not inherit from its user's settings. Where modules come from (GOPROXY, GOPRIVATE, …) is
 * left alone: go.sum decides whether they are the right ones.
 */
function goEnvironment(architecture: string): Record<string, string | undefined> {
  return {
    // Not empty, so that it wins over a GOFLAGS kept by `go env -w`.
    GOFLAGS: "-mod=readonly -trimpath -buildvcs=false",
    GOWORK: "off",
    GO111MODULE: "on",
    CGO_ENABLED: "0",
    GOOS: "linux",
    GOARCH: architecture === "x64" ? "amd64" : architecture,
    GOAMD64: undefined,
    GOARM64: undefined,
    GOEXPERIMENT: undefined,
    GODEBUG: undefined,
    GOBIN: undefined,
  };
}

/** Turns what `go build -v` prints (`go: downloading …`, and a line per package compiled) into progress. */
function goProgress(program: string, note: (detail: string) => void): (line: string) => void {
  let downloads = 0;
  let packages = 0;
  return (line) => {
    const module = /^go: downloading (\S+)/.exec(line)?.[1];
    if (module !== undefined) {
      downloads++;
      note(`${program}: ${downloads} modules downloaded, at ${module}`);
    } else if (/^[\w./~-]+$/.test(line)) {
      packages++;
      note(`${program}: ${packages} packages compiled, at ${line}`);
    }
  };
}
