import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { installPlugins } from "../../../lab/plugins/install";
import type { InstallOptions } from "../../../lab/plugins/install";
import { standInNames, standIns } from "../../../lab/plugins/standIns";
import { recordingReporter } from "../../support/recordingReporter";

const projectDir = path.join(__dirname, "../../..");

/** A CLI that installs from a file as Pulumi's does, can't download, and keeps a list of what it was asked. */
const fakePulumi = `#!/bin/sh
echo "$@" >> "$PULUMI_HOME/asked"
name=$4 version=$5
if [ "$7" != "--file" ]; then echo "warning: Error downloading plugin: no such host" >&2; exec sleep 20; fi
target="$PULUMI_HOME/plugins/resource-$name-v$version"
rm -rf "$target"; mkdir -p "$target"; exec tar -xzf "$8" -C "$target"
`;

describe("installing plugins", function () {
  this.slow(5000);
  let folder: string;
  let options: InstallOptions;
  let reporter: ReturnType<typeof recordingReporter>;
  const asked = (): string[] => {
    const file = path.join(options.pulumiHome, "asked");
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n") : [];
  };
  const pluginFolder = (home: string, name: keyof typeof standIns): string =>
    path.join(home, "plugins", `resource-${name}-v${standIns[name]}`);

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "install-plugins-"));
    const pulumi = path.join(folder, "pulumi");
    fs.writeFileSync(pulumi, fakePulumi, { mode: 0o755 });
    reporter = recordingReporter();
    options = {
      pulumi,
      pulumiHome: path.join(folder, "home"),
      usersPulumiHome: path.join(folder, "users-home"),
      cacheDir: path.join(folder, "cache"),
      projectDir,
      reporter,
    };
    fs.mkdirSync(options.pulumiHome);
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("installs stand-ins where nothing can be downloaded, once, and says so", async () => {
    const installed = await installPlugins(options);
    deepStrictEqual(
      installed,
      standInNames.map((name) => ({ name, version: standIns[name], source: "stand-in" })),
    );
    match(reporter.lines.join("\n"), /Pulumi's plugins, stand-in: nomad 2\.6\.1, /);
    const before = asked().length;
    await installPlugins(options);
    strictEqual(asked().length, before);
  });

  it("installs a stand-in again when the checkout has moved", async () => {
    await installPlugins(options);
    const before = asked().length;
    const moved = path.join(folder, "checkout");
    fs.symlinkSync(projectDir, moved);
    await installPlugins({ ...options, projectDir: moved });
    strictEqual(asked().length, before + standInNames.length);
  });

  it("leaves a real plugin alone, and takes one from the user's home", async () => {
    for (const [home, name] of [
      [options.pulumiHome, "nomad"],
      [options.usersPulumiHome ?? "", "vault"],
    ] as const) {
      fs.mkdirSync(pluginFolder(home, name), { recursive: true });
      fs.writeFileSync(path.join(pluginFolder(home, name), `pulumi-resource-${name}`), "real", {
        mode: 0o755,
      });
    }
    const installed = await installPlugins(options);
    deepStrictEqual(
      installed.filter(({ source }) => source === "real").map(({ name }) => name),
      ["nomad", "vault"],
    );
    const copied = path.join(pluginFolder(options.pulumiHome, "vault"), "pulumi-resource-vault");
    strictEqual(fs.readFileSync(copied, "utf8"), "real");
    ok(asked().every((line) => !/ (nomad|vault) /.test(line)));
  });

  it("says what can't be done", async () => {
    fs.writeFileSync(options.pulumi, "#!/bin/sh\necho 'disk full' >&2\nexit 1\n", { mode: 0o755 });
    await rejects(
      installPlugins(options),
      /stand-in for the plugin nomad 2\.6\.1 could not be installed in .*: disk full/,
    );
  });

  it("installs plugins that start and speak the engine's protocol", async () => {
    await installPlugins(options);
    for (const name of standInNames) {
      const executable = path.join(pluginFolder(options.pulumiHome, name), `pulumi-resource-${name}`);
      const child = spawn(executable, ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
      try {
        const port = await new Promise<string>((resolve, reject) => {
          child.stdout.once("data", (chunk: Buffer) => {
            resolve(chunk.toString("utf8").trim());
          });
          child.once("exit", reject);
        });
        match(port, /^\d+$/);
        const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
        const info = await new Promise<PluginInfo>((resolve, reject) => {
          client.getPluginInfo(new Empty(), (error, answer) => {
            if (error === null) resolve(answer);
            else reject(error);
          });
        });
        strictEqual(info.getVersion(), standIns[name]);
        client.close();
      } finally {
        child.kill();
      }
    }
  });
});
