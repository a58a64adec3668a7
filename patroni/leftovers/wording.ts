import { size } from "../memberPhase";
import { nomadCommand, type PlatformPlace } from "../operatorCommands";
import type { Leftover } from "./model";

/** A leftover as a line: what it is, and what becomes of it. */
export function leftoverLine(leftover: Leftover, place: Omit<PlatformPlace, "consulAddress">): string {
  const { cluster } = leftover;
  switch (leftover.kind) {
    case "cluster":
      return `${cluster}: ${leftover.keys.length} keys in Consul of a cluster that is gone: npm run cleanup`;
    case "member":
      return `${cluster}: the entry of member ${leftover.name}, which is gone: npm run cleanup`;
    case "slot": {
      const { name, heldBytes } = leftover;
      const held = heldBytes === null ? "" : `, which keeps ${size(heldBytes)} of WAL`;
      return `${cluster}: the slot ${name} of a member that is gone${held}; Patroni drops it when member_slots_ttl is over`;
    }
    case "volume": {
      const { id, node, namespace, known } = leftover;
      const what = known ? "a spare volume" : "a volume of a cluster that this config doesn't know";
      const command = nomadCommand(
        { ...place, nomadNamespace: namespace },
        "volume delete",
        `-type=host ${id}`,
      );
      return `${cluster}: ${what} on ${node}; it goes, with its data, by ${command}`;
    }
  }
}
