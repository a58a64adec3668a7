import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import Dockerode from "dockerode";
import { ensureBaseImage } from "../../lab/images/baseImage";
import { consoleReporter } from "../../lab/report";
import { buildImage } from "./imageBuild";
import { environment } from "./labSecrets";

/** The engine of the lab. */
export function labEngine(): Dockerode {
  return new Dockerode({ socketPath: environment("DOCKER_HOST").replace(/^unix:\/\//, "") });
}

/** Builds the project's image for this machine, and returns its name. What is built already takes no time. */
export async function ensureMemberImage(docker: Dockerode): Promise<string> {
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  const base = await ensureBaseImage({
    docker: environment("DOCKER_HOST"),
    registry: environment("NOMAD_POSTGRES_LAB_REGISTRY"),
    architecture,
    postgresVersion: 17,
    cacheDir: join(homedir(), ".cache", "nomad-postgres"),
    reporter: consoleReporter(),
  });
  const extraCa = readFileSync(join(environment("NOMAD_POSTGRES_LAB_STATE"), "extra-ca.pem"));
  const tag = `member-test/patroni:${architecture}`;
  const args = { BASE_IMAGE: base, EXTRA_CA_PEM_BASE64: extraCa.toString("base64") };
  await buildImage(docker, { tag, platform: `linux/${architecture}`, args, pull: true });
  return tag;
}
