import { join } from "node:path";
import type { LabSettings } from "../settings";
import { registryHost } from "./endpoints";
import { ask } from "./http";
import type { Part, PartLaunch, Program } from "./part";
import { holds, notYet } from "./waiting";

/** The image registry. Docker needs no TLS for one on 127.0.0.0/8. */
export function registryPart(settings: LabSettings): Part {
  return {
    name: "registry",
    title: "Image registry",
    ports: [
      { address: settings.serverAddress, port: settings.ports.registry, purpose: "HTTP", protocols: ["tcp"] },
    ],
    readyWithinSeconds: 20,
    stopWithinSeconds: 10,
    look: async () => {
      const { status } = await ask(`http://${registryHost(settings)}/v2/`);
      return status === 200 ? holds : notYet(`it answers /v2/ with ${status}`);
    },
  };
}

/**
 * Configuration of the registry. Its images are in the cache: they outlive a purge, and labs share them.
 * https://distribution.github.io/distribution/about/configuration/
 */
export function registryLaunch(settings: LabSettings, program: Program): PartLaunch {
  return {
    program,
    args: ["serve"],
    env: {},
    configuration: {
      version: "0.1",
      log: { level: "warn", accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: join(settings.cacheDir, "registry") },
        delete: { enabled: true },
      },
      http: { addr: registryHost(settings) },
    },
  };
}
