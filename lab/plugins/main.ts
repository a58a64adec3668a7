import type { Plugin } from "./framework/plugin";
import { serveProcess } from "./framework/serve";
import { isStandInName } from "./standIns";
import type { StandInName } from "./standIns";

/** Loads one plugin and nothing of the others: four of these start with every `pulumi preview`. */
async function load(name: StandInName): Promise<Plugin> {
  switch (name) {
    case "nomad":
      return (await import("./nomad/plugin.js")).plugin;
    case "vault":
      return (await import("./vault/plugin.js")).plugin;
    case "consul":
      return (await import("./consul/plugin.js")).plugin;
    case "docker":
      return (await import("./docker/plugin.js")).plugin;
  }
}

/** A plugin's process: `main.js <plugin> [what the engine says]`. */
async function main([name = "", ...args]: readonly string[]): Promise<void> {
  if (!isStandInName(name)) throw new Error(`there is no stand-in plugin named "${name}"`);
  await serveProcess(await load(name), args);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
