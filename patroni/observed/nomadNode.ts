import type { ConstraintNode } from "../nomadConstraint";
import { fields, text, texts } from "./json";

/** A Nomad client, with what says whether it takes new work. */
export interface NomadNode extends ConstraintNode {
  /** `ready`, `down`, `disconnected` or `initializing`. */
  readonly status: string;
  /** `eligible` or `ineligible`. */
  readonly eligibility: string;
  readonly draining: boolean;
}

/** Reads `GET /v1/node/:id`, or an entry of `GET /v1/nodes`, which has no attributes and no metadata. */
export function parseNomadNode(body: unknown): NomadNode {
  const data = fields(body);
  return {
    id: text(data["ID"]) ?? "",
    name: text(data["Name"]) ?? "",
    datacenter: text(data["Datacenter"]) ?? "",
    nodeClass: text(data["NodeClass"]) ?? "",
    nodePool: text(data["NodePool"]) ?? "default",
    attributes: texts(data["Attributes"]),
    meta: texts(data["Meta"]),
    status: text(data["Status"]) ?? "",
    eligibility: text(data["SchedulingEligibility"]) ?? "",
    draining: data["Drain"] === true,
  };
}
