import { platformDefaults } from "./defaults";
import { readExtraCaFile } from "./extraCaFile";
import { imagePlatforms, type ImageConfig, type ImagePlatform, type Platform } from "./model";
import { wrongValue, type Problem } from "./problem";
import type { PlatformSettings } from "./schema/platform";
import { withoutOuterSlashes } from "./schema/vault";
import type { SimpleKey } from "./schema/topLevel";
import type { Machine } from "./source";

/** Applies the defaults, and looks at what the image's settings say of this machine. */
export function resolvePlatform(
  simple: Readonly<Record<SimpleKey, string>>,
  settings: PlatformSettings,
  machine: Machine,
  problems: Problem[],
): Platform {
  const { consul } = settings;
  const { sessionTtlMinSeconds, keyPrefix, acl, taskAuthMethod, serviceAuthMethod, ...more } = {
    ...platformDefaults.consul,
    ...consul,
  };
  const { audience: consulAudience } = more;
  const { jwtAuthPath, audience, databaseMount } = { ...platformDefaults.vault, ...settings.vault };
  return {
    production: settings.production ?? platformDefaults.production,
    nomad: {
      address: withoutSlash(simple.nomadAddress),
      region: simple.nomadRegion,
      namespace: simple.nomadNamespace,
    },
    consul: {
      address: withoutSlash(simple.consulAddress),
      sessionTtlMinSeconds,
      nodeFailureSeconds: consul?.nodeFailureSeconds,
      keyPrefix,
      acl: acl ? { taskAuthMethod, serviceAuthMethod, audience: consulAudience } : undefined,
    },
    vault: {
      address: withoutSlash(simple.vaultAddress),
      jwtAuthPath: withoutOuterSlashes(jwtAuthPath),
      audience,
      databaseMount: withoutOuterSlashes(databaseMount),
    },
    image: resolveImage(simple.imageRepository, settings.image, machine, problems),
  };
}

function resolveImage(
  repository: string,
  settings: PlatformSettings["image"],
  machine: Machine,
  problems: Problem[],
): ImageConfig {
  return {
    repository,
    baseImages: { ...platformDefaults.image.baseImages, ...settings?.baseImages },
    platforms: resolvePlatforms(settings?.platforms ?? platformDefaults.image.platforms, machine, problems),
    extraCaFile: resolveExtraCaFile(settings?.extraCaFile, machine, problems),
  };
}

const nativePlatforms: ReadonlyMap<string, ImagePlatform> = new Map([
  ["x64", "linux/amd64"],
  ["arm64", "linux/arm64"],
]);

/** In the model's order and without repetitions: `native` may be one of the others. */
function resolvePlatforms(
  platforms: readonly (ImagePlatform | "native")[],
  { architecture }: Machine,
  problems: Problem[],
): ImagePlatform[] {
  const native = nativePlatforms.get(architecture);
  if (platforms.includes("native") && native === undefined) {
    const found = `\`native\` on a machine of architecture ${architecture}`;
    problems.push(
      wrongValue("platform.image.platforms", found, imagePlatforms.map((name) => `\`${name}\``).join(", ")),
    );
  }
  const asked = new Set(platforms.map((platform) => (platform === "native" ? native : platform)));
  return imagePlatforms.filter((platform) => asked.has(platform));
}

function resolveExtraCaFile(
  written: string | undefined,
  machine: Machine,
  problems: Problem[],
): string | undefined {
  if (written === undefined) return undefined;
  const file = readExtraCaFile(written, machine);
  if ("path" in file) return file.path;
  const allowed = "a file with PEM certificates, at most 64 KiB";
  problems.push(
    wrongValue("platform.image.extraCaFile", file.found, allowed, "Without the setting, nothing is added."),
  );
  return undefined;
}

function withoutSlash(address: string): string {
  return address.replace(/\/$/, "");
}
