import type { PlatformPlace } from "../operatorCommands";
import type { LeftoverStatus } from "../status/model";
import type { Leftover } from "./model";
import { leftoverLine } from "./wording";

/** A leftover as the status has it. */
export function leftoverStatus(
  leftover: Leftover,
  place: Omit<PlatformPlace, "consulAddress">,
): LeftoverStatus {
  return {
    kind: leftover.kind,
    cluster: leftover.cluster,
    name: leftover.kind === "volume" ? leftover.id : leftover.name,
    heldBytes: leftover.kind === "slot" ? leftover.heldBytes : null,
    message: leftoverLine(leftover, place),
  };
}
