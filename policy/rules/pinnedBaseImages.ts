import { isPinned, pinnedBaseImages as rail } from "../../config/guardRails/pinnedBaseImages";
import { ofKind } from "../resources";
import type { PackRule } from "../rule";

/** In every stack that the pack is enforced for: a policy can't see `platform.production`. */
export const pinnedBaseImages: PackRule = {
  id: rail.id,
  description: "The Patroni image is built from a base image that is named by its digest.",
  violations: (resources) =>
    ofKind("image", resources).flatMap(({ urn, props }) => {
      const { args } = (props["build"] ?? {}) as { readonly args?: { readonly BASE_IMAGE?: string } };
      const base = args?.BASE_IMAGE;
      if (base === undefined || isPinned(base)) return [];
      const message = `found the base image \`${base}\`; allowed: an image with its digest, such as \`postgres:17-trixie@sha256:…\``;
      return [{ message, urn }];
    }),
};
