import type { Storage } from "../model";
import { wrongValue } from "../problem";
import type { GuardRail } from "./guardRail";

/** In production, throw-away data has a second copy: with one member, any update of the job deletes it. */
export const throwAwayDataReplicated: GuardRail = {
  id: "throw-away-data-replicated",
  of: "stack",
  problems({ platform, clusters }) {
    if (!platform.production) return [];
    return clusters.flatMap(({ cluster: { storage, members }, layered }) => {
      if (!isOnlyCopy(storage.type, members) || layered.isWrong("members")) return [];
      const found = "1 member with `storage.type: ephemeral` in a production stack";
      const next = "Its data would be gone with its allocation, at the next update of the job at the latest.";
      return [
        wrongValue(layered.pathOf("members", "storage.type"), found, "at least 2, or `type: volume`", next),
      ];
    });
  },
};

/** Whether all there is of the data is in one allocation. */
export function isOnlyCopy(type: Storage["type"], members: number): boolean {
  return type === "ephemeral" && members < 2;
}
