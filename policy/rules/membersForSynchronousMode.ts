import {
  membersForSynchronousMode as rail,
  tooFewMembers,
} from "../../config/guardRails/membersForSynchronousMode";
import { documentOf, numberOf, ofKind, textOf } from "../resources";
import type { PackRule } from "../rule";

/** Judged by Patroni's dynamic configuration, beside the number of members that the storage is for. */
export const membersForSynchronousMode: PackRule = {
  id: rail.id,
  description: "A cluster has more members than its commits wait for.",
  violations(resources) {
    const members = new Map(
      ofKind("storage", resources).map((one) => [textOf(one, "cluster"), numberOf(one, "members")]),
    );
    return ofKind("config", resources).flatMap((config) => {
      const tenant = textOf(config, "cluster");
      const number = members.get(tenant);
      if (number === undefined) return [];
      const wrong = tooFewMembers({ ...synchronousPart(documentOf(config, "config")), members: number });
      return wrong === undefined
        ? []
        : [{ message: `${tenant}: found ${wrong.found}; allowed: ${wrong.allowed}`, urn: config.urn }];
    });
  },
};

/** https://patroni.readthedocs.io/en/latest/dynamic_configuration.html: absent is off, and true is on. */
function synchronousPart(document: unknown): { readonly mode: string; readonly nodeCount: number } {
  const { synchronous_mode: mode = false, synchronous_node_count: count = 1 } = document as {
    readonly synchronous_mode?: boolean | string;
    readonly synchronous_node_count?: number;
  };
  return { mode: mode === false ? "off" : mode === true ? "on" : mode, nodeCount: count };
}
