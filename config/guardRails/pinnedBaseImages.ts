import { wrongValue } from "../problem";
import { renderPath } from "../settingPath";
import type { GuardRail } from "./guardRail";

/**
 * In production a base image is named by its digest. The tag of the Patroni image follows from what it is built
 * from, but of the base image that is its name alone: behind a tag it can become another one, and two machines
 * would build different images under one tag.
 */
export const pinnedBaseImages: GuardRail = {
  id: "pinned-base-images",
  of: "stack",
  problems({ platform, clusters }) {
    if (!platform.production) return [];
    const versions = [...new Set(clusters.map(({ cluster }) => cluster.postgresVersion))];
    return versions.flatMap((version) => {
      const image = platform.image.baseImages[version];
      if (isPinned(image)) return [];
      const path = renderPath(["platform", "image", "baseImages", String(version)]);
      return [
        wrongValue(
          path,
          `\`${image}\` in a production stack`,
          "an image with its digest, such as `postgres:17-trixie@sha256:…`",
          "`docker buildx imagetools inspect` tells the digest of a tag.",
        ),
      ];
    });
  },
};

/** Whether an image is named by its digest. */
export function isPinned(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}
