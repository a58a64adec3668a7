import { join } from "node:path";
import Dockerode from "dockerode";
import { z } from "zod";
import type { Reporter } from "../report";
import { withLock } from "../toolchain/lock";
import type { RunCommand } from "../toolchain/command";
import { ensureRootfs, recipeKey, type Architecture, type Rootfs } from "./debianRootfs";
import { followDocker } from "./dockerStream";
import { bytesDigest } from "./layer";
import { mediaTypes, readManifest, uploadBlob, writeManifest, type Repository } from "./registryClient";

/** What {@link ensureBaseImage} needs to know. */
export interface BaseImageOptions {
  /** The Docker engine, as `DOCKER_HOST` names it: `unix://` and a path. */
  readonly docker: string;
  /** `host:port` of the lab's registry. */
  readonly registry: string;
  readonly architecture: Architecture;
  /** PostgreSQL's major version. */
  readonly postgresVersion: number;
  /** Where finished root file systems are kept, outside the checkout. */
  readonly cacheDir: string;
  readonly reporter: Reporter;
  /** The image to start from where it can be pulled. Default: PostgreSQL's official one. */
  readonly officialImage?: string;
  /** The program mmdebstrap; default: the one on PATH. */
  readonly mmdebstrap?: string;
  readonly run?: RunCommand;
}

/** How long a pull may say nothing before it counts as impossible. */
const pullSilenceMilliseconds = 15_000;

/** Longer than making one under emulation takes. */
const lockPatienceMilliseconds = 20 * 60_000;

/** An entry of a manifest list. https://distribution.github.io/distribution/spec/manifest-v2-2/#manifest-list */
const entrySchema = z.object({
  mediaType: z.string(),
  size: z.number(),
  digest: z.string(),
  platform: z.object({ architecture: z.string(), os: z.string(), variant: z.string().optional() }),
});
type Entry = z.infer<typeof entrySchema>;

/**
 * Sees to it that the lab's registry has a base image with PostgreSQL for an architecture, and returns its
 * reference, the same for all of them: like the official image it is a list, from which Docker takes the entry
 * of the platform that it builds for. It is the official image where that can be pulled, else one made from
 * Debian's packages, which has the same programs.
 * @throws {UserError} when neither can be had.
 */
export async function ensureBaseImage(options: BaseImageOptions): Promise<string> {
  const { registry, architecture, postgresVersion, cacheDir, reporter } = options;
  const repository: Repository = { registry, name: "lab/postgres" };
  const listTag = `${postgresVersion}-trixie`;
  // Changes with the recipe, so that an image of an older one does not count as being there.
  const ownTag = `${listTag}-${recipeKey(architecture, postgresVersion)}-${architecture}`;
  const alone = (what: string, work: () => Promise<void>): Promise<void> => {
    const onWait = (): void => {
      reporter.say("another process is seeing to the same base image; waiting for it");
    };
    const lock = { patienceMilliseconds: lockPatienceMilliseconds, onWait };
    return withLock(join(cacheDir, "base-image", what), lock, work);
  };
  await alone(architecture, async () => {
    if ((await readManifest(repository, ownTag)) === undefined) await provide(options, repository, ownTag);
  });
  await alone("list", () => enlist(repository, { listTag, ownTag, architecture }));
  return `${registry}/${repository.name}:${listTag}`;
}

async function provide(options: BaseImageOptions, repository: Repository, tag: string): Promise<void> {
  const { docker: host, reporter, architecture, postgresVersion } = options;
  const official = options.officialImage ?? `postgres:${postgresVersion}-trixie`;
  const docker = new Dockerode({ socketPath: host.replace(/^unix:\/\//, "") });
  const reason = await pull(docker, official, architecture, reporter);
  if (reason === undefined) {
    const target = `${repository.registry}/${repository.name}`;
    await docker.getImage(official).tag({ repo: target, tag });
    await reporter.during(`pushing ${official} to the lab's registry`, async (note) => {
      await followDocker(docker, await docker.getImage(`${target}:${tag}`).push(), note);
    });
    return;
  }
  reporter.say(`${official} can't be pulled here (${reason})`);
  const rootfs = await ensureRootfs(options);
  await reporter.during("pushing it to the lab's registry", (note) =>
    uploadImage(repository, tag, rootfs, options, note),
  );
}

/** Pulls an image; returns why it could not be. */
async function pull(
  docker: Dockerode,
  image: string,
  architecture: Architecture,
  reporter: Reporter,
): Promise<string | undefined> {
  const silence = new AbortController();
  const newTimer = (): NodeJS.Timeout =>
    setTimeout(() => {
      silence.abort();
    }, pullSilenceMilliseconds);
  let timer = newTimer();
  reporter.say(`trying to pull ${image}`);
  try {
    const pulling = { platform: `linux/${architecture}`, abortSignal: silence.signal };
    const stream: NodeJS.ReadableStream = await docker.pull(image, pulling);
    await reporter.during(`pulling ${image}`, (note) =>
      followDocker(docker, stream, (line) => {
        clearTimeout(timer);
        timer = newTimer();
        note(line);
      }),
    );
    return undefined;
  } catch (error) {
    if (silence.signal.aborted) return `nothing heard for ${pullSilenceMilliseconds / 1000} s`;
    return error instanceof Error
      ? error.message.replace(/^\(HTTP code \d+\)[^-]*- /, "").trim()
      : String(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Uploads a root file system as an image of a single layer, with the environment of the official one. */
async function uploadImage(
  repository: Repository,
  tag: string,
  { file, layer }: Rootfs,
  { architecture, postgresVersion }: BaseImageOptions,
  note: (detail: string) => void,
): Promise<void> {
  const total = layer.descriptor.size;
  await uploadBlob(repository, layer.descriptor, { file }, (sent) => {
    note(`${Math.floor((100 * sent) / total)} % of ${Math.round(total / 1e6)} MB`);
  });
  const config = Buffer.from(JSON.stringify(imageConfig(architecture, postgresVersion, layer.diffId)));
  const configDescriptor = { mediaType: mediaTypes.config, size: config.length, digest: bytesDigest(config) };
  await uploadBlob(repository, configDescriptor, { bytes: config });
  await writeManifest(repository, tag, manifestOf(configDescriptor, layer.descriptor));
}

function manifestOf(config: object, layer: object) {
  return { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] };
}

/** https://github.com/moby/docker-image-spec/blob/main/spec.md */
function imageConfig(architecture: Architecture, postgresVersion: number, diffId: string) {
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return {
    ...platformOf(architecture),
    config: {
      Env: [
        `PATH=${path}:/usr/lib/postgresql/${postgresVersion}/bin`,
        "LANG=en_US.utf8",
        `PG_MAJOR=${postgresVersion}`,
        "PGDATA=/var/lib/postgresql/data",
      ],
      Cmd: ["bash"],
    },
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created_by: `mmdebstrap: Debian 13 with PostgreSQL ${postgresVersion}` }],
  };
}

/** Docker's name of a platform; every arm64 is of variant v8. */
function platformOf(architecture: Architecture): Entry["platform"] {
  return { os: "linux", architecture, ...(architecture === "arm64" && { variant: "v8" }) };
}

/** Sees to it that an image stands in the list for its architecture. */
async function enlist(
  repository: Repository,
  names: { readonly listTag: string; readonly ownTag: string; readonly architecture: Architecture },
): Promise<void> {
  const own = await readManifest(repository, names.ownTag);
  if (own === undefined)
    throw new Error(`${repository.name}:${names.ownTag} is gone again from the registry`);
  const entries = await readEntries(repository, names.listTag);
  if (entries.some(({ digest }) => digest === own.digest)) return;
  const entry: Entry = {
    mediaType: own.mediaType,
    size: Buffer.byteLength(own.text),
    digest: own.digest,
    platform: platformOf(names.architecture),
  };
  const others = entries.filter(({ platform }) => platform.architecture !== names.architecture);
  const list = { schemaVersion: 2, mediaType: mediaTypes.list, manifests: [...others, entry] };
  await writeManifest(repository, names.listTag, list);
}

async function readEntries(repository: Repository, tag: string): Promise<readonly Entry[]> {
  const found = await readManifest(repository, tag);
  if (found?.mediaType !== mediaTypes.list) return [];
  return z.object({ manifests: z.array(entrySchema) }).parse(JSON.parse(found.text)).manifests;
}
