import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Reporter } from "../report";
import { UserError } from "../userError";
import { fingerprint, markerFile, pack } from "./pack";
import type { Marker, PackOptions } from "./pack";
import { hasPlugin, installPlugin, isOnPath, pluginDirectory } from "./pulumiPlugins";
import { standInNames, standIns } from "./standIns";
import type { StandInName } from "./standIns";

/** What {@link installPlugins} needs to know. */
export interface InstallOptions {
  /** Path of the Pulumi CLI. */
  readonly pulumi: string;
  /** `PULUMI_HOME` of the runs that will use the plugins. */
  readonly pulumiHome: string;
  /** Root of the checkout, whose `node_modules` the stand-ins run. */
  readonly projectDir: string;
  readonly reporter: Reporter;
  /** Where it is remembered that the real plugins can't be downloaded. Default: `~/.cache/nomad-postgres`. */
  readonly cacheDir?: string;
  /** The user's own `PULUMI_HOME`, looked through for real plugins. Default: the environment's, or `~/.pulumi`. */
  readonly usersPulumiHome?: string;
}

/** One plugin that is ready, and what it is. */
export interface InstalledPlugin {
  readonly name: StandInName;
  readonly version: string;
  readonly source: "real" | "stand-in";
}

const downloadTimeoutSeconds = 30;
const fileTimeoutSeconds = 60;
const rememberedHours = 24;

/**
 * Readies the resource plugins for the program. A real plugin wins: one that is on PATH, installed in `pulumiHome` or
 * in the user's own home, or that can be downloaded, which is tried at most once a day. Where there is none, the
 * stand-in from this checkout is installed, again whenever its code, the checkout's path or Node.js has changed.
 *
 * @throws {UserError} when a stand-in can't be installed.
 */
export async function installPlugins(options: InstallOptions): Promise<readonly InstalledPlugin[]> {
  const real = new Set(standInNames.filter((name) => findReal(options, name)));
  const missing = standInNames.filter((name) => !real.has(name));
  for (const name of await download(options, missing)) real.add(name);
  const stale = missing.filter((name) => !real.has(name) && !isCurrent(options, name));
  if (stale.length > 0) {
    await options.reporter.during(
      `Installing stand-ins for the plugins ${stale.join(", ")}`,
      async (note) => {
        for (const name of stale) {
          note(name);
          await installStandIn(options, name);
        }
      },
    );
  }
  const installed = standInNames.map((name): InstalledPlugin => {
    return { name, version: standIns[name], source: real.has(name) ? "real" : "stand-in" };
  });
  for (const source of ["real", "stand-in"] as const) {
    const names = installed
      .filter((plugin) => plugin.source === source)
      .map(({ name, version }) => `${name} ${version}`);
    if (names.length > 0) options.reporter.say(`Pulumi's plugins, ${source}: ${names.join(", ")}`);
  }
  return installed;
}

/** Whether the real plugin is at hand; one in the user's home is copied. */
function findReal(options: InstallOptions, name: StandInName): boolean {
  const version = standIns[name];
  if (isOnPath(name, process.env["PATH"])) return true;
  if (isReal(options.pulumiHome, name)) return true;
  const usersHome =
    options.usersPulumiHome ?? process.env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi");
  if (!isReal(usersHome, name)) return false;
  const target = pluginDirectory(options.pulumiHome, name, version);
  fs.rmSync(target, { recursive: true, force: true });
  fs.cpSync(pluginDirectory(usersHome, name, version), target, { recursive: true });
  return true;
}

function isReal(pulumiHome: string, name: StandInName): boolean {
  return hasPlugin(pulumiHome, name, standIns[name]) && readMarker(pulumiHome, name) === undefined;
}

function isCurrent(options: InstallOptions, name: StandInName): boolean {
  return readMarker(options.pulumiHome, name)?.fingerprint === fingerprint(packOptions(options, name));
}

function readMarker(pulumiHome: string, name: StandInName): Marker | undefined {
  try {
    const file = path.join(pluginDirectory(pulumiHome, name, standIns[name]), markerFile);
    return JSON.parse(fs.readFileSync(file, "utf8")) as Marker;
  } catch {
    return undefined;
  }
}

/** Tries to download real plugins, unless that failed lately. Returns those that came. */
async function download(
  options: InstallOptions,
  names: readonly StandInName[],
): Promise<readonly StandInName[]> {
  const memory = path.join(
    options.cacheDir ?? path.join(os.homedir(), ".cache", "nomad-postgres"),
    "plugins.json",
  );
  if (names.length === 0 || failedLately(memory)) return [];
  const came = await options.reporter.during("Asking for Pulumi's plugins at get.pulumi.com", (note) =>
    Promise.all(
      names.map(async (name) => {
        const outcome = await installPlugin({
          ...{ pulumi: options.pulumi, pulumiHome: options.pulumiHome, name, version: standIns[name] },
          timeoutSeconds: downloadTimeoutSeconds,
        });
        note(`${name}: ${outcome.installed ? "installed" : outcome.said}`);
        return { name, installed: outcome.installed && isReal(options.pulumiHome, name) };
      }),
    ),
  );
  if (came.some(({ installed }) => !installed)) {
    fs.mkdirSync(path.dirname(memory), { recursive: true });
    fs.writeFileSync(memory, `${JSON.stringify({ downloadFailedAt: new Date().toISOString() })}\n`);
  }
  return came.filter(({ installed }) => installed).map(({ name }) => name);
}

function failedLately(memory: string): boolean {
  try {
    const { downloadFailedAt } = JSON.parse(fs.readFileSync(memory, "utf8")) as { downloadFailedAt: string };
    return Date.now() - Date.parse(downloadFailedAt) < rememberedHours * 3600 * 1000;
  } catch {
    return false;
  }
}

async function installStandIn(options: InstallOptions, name: StandInName): Promise<void> {
  const staging = fs.mkdtempSync(path.join(os.tmpdir(), "nomad-postgres-plugin-"));
  try {
    const directory = path.join(staging, "plugin");
    await pack({ ...packOptions(options, name), directory });
    const file = path.join(staging, "plugin.tar.gz");
    const tar = await import("tar-fs");
    await pipeline(tar.pack(directory), createGzip(), fs.createWriteStream(file));
    const { pulumi, pulumiHome } = options;
    const version = standIns[name];
    const outcome = await installPlugin({
      pulumi,
      pulumiHome,
      name,
      version,
      file,
      timeoutSeconds: fileTimeoutSeconds,
    });
    if (outcome.installed) return;
    throw new UserError(
      `The stand-in for the plugin ${name} ${version} could not be installed in ${pulumiHome}: ${outcome.said}. ` +
        `Is that folder writable, and does ${pulumi} run?`,
    );
  } finally {
    fs.rmSync(staging, { recursive: true, force: true });
  }
}

function packOptions(options: InstallOptions, name: StandInName): Omit<PackOptions, "directory"> {
  return {
    name,
    version: standIns[name],
    projectDir: path.resolve(options.projectDir),
    node: process.execPath,
  };
}
