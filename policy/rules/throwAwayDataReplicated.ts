import { isOnlyCopy, throwAwayDataReplicated as rail } from "../../config/guardRails/throwAwayDataReplicated";
import { numberOf, ofKind, textOf } from "../resources";
import type { PackRule } from "../rule";

/** In every stack that the pack is enforced for: a policy can't see `platform.production`. */
export const throwAwayDataReplicated: PackRule = {
  id: rail.id,
  description: "Throw-away data has a second copy.",
  violations: (resources) =>
    ofKind("storage", resources).flatMap((storage) => {
      const type = textOf(storage, "kind") === "ephemeral" ? "ephemeral" : "volume";
      if (!isOnlyCopy(type, numberOf(storage, "members"))) return [];
      const message = `${textOf(storage, "cluster")}: found 1 member with throw-away data; allowed: at least 2, or \`storage.type: volume\``;
      return [{ message, urn: storage.urn }];
    }),
};
