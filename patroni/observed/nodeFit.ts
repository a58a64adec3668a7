import type { Constraint } from "../../config/model";
import { judgeConstraint, targetValue } from "../nomadConstraint";
import { constraintText, globMatches } from "../volumeNodes";
import { elements, fields, text } from "./json";
import { parseNomadNode, type NomadNode } from "./nomadNode";

/** A Nomad client as far as the placement of a member goes. */
export interface MemberNode extends NomadNode {
  /** Drivers that are there and healthy. */
  readonly drivers: readonly string[];
  /** Names of host volumes, static and dynamic. */
  readonly volumes: readonly string[];
}

/** What the job asks of a node. */
export interface JobNeeds {
  readonly datacenters: readonly string[];
  readonly nodePool: string;
  readonly constraints: readonly Constraint[];
  readonly drivers: readonly string[];
  readonly volumes: readonly string[];
}

/** Why a node can't take a member; no reason was found when `reasons` is empty. */
export interface NodeFit {
  readonly node: string;
  readonly reasons: readonly string[];
}

/** Reads `GET /v1/node/:id`. */
export function parseMemberNode(body: unknown): MemberNode {
  const data = fields(body);
  const drivers = Object.entries(fields(data["Drivers"]));
  return {
    ...parseNomadNode(body),
    drivers: drivers.filter(([, driver]) => fields(driver)["Healthy"] === true).map(([name]) => name),
    volumes: Object.keys(fields(data["HostVolumes"])),
  };
}

/** Reads what placement depends on from `GET /v1/job/:id`. */
export function parseJobNeeds(body: unknown): JobNeeds {
  const job = fields(body);
  const groups = elements(job["TaskGroups"]).map(fields);
  const tasks = groups.flatMap((group) => elements(group["Tasks"]).map(fields));
  const volumes = groups.flatMap((group) => Object.values(fields(group["Volumes"])).map(fields));
  const hostVolumes = volumes.filter((volume) => volume["Type"] === "host");
  return {
    datacenters: elements(job["Datacenters"]).map(String),
    nodePool: text(job["NodePool"]) ?? "default",
    constraints: [job, ...groups, ...tasks].flatMap(({ Constraints }) =>
      elements(Constraints).map(constraint),
    ),
    drivers: [...new Set(tasks.flatMap((task) => text(task["Driver"]) ?? []))],
    volumes: hostVolumes.flatMap((volume) => text(volume["Source"]) ?? []),
  };
}

function constraint(value: unknown): Constraint {
  const data = fields(value);
  return {
    attribute: text(data["LTarget"]) ?? "",
    operator: text(data["Operand"]) ?? "=",
    value: text(data["RTarget"]) ?? "",
  };
}

/**
 * Why each node can't take a member. `occupied` holds the identifiers of nodes that already have one. Resources
 * are left out: Nomad says itself which are exhausted.
 */
export function nodeFits(
  needs: JobNeeds,
  nodes: readonly MemberNode[],
  occupied: ReadonlySet<string>,
): readonly NodeFit[] {
  return nodes.map((node) => ({
    node: node.name,
    reasons: [
      ...standing(node),
      ...location(needs, node),
      ...(occupied.has(node.id) ? ["already has a member of this cluster"] : []),
      ...needs.drivers
        .filter((name) => !node.drivers.includes(name))
        .map((name) => `driver ${name} is missing or unhealthy`),
      ...needs.volumes.filter((name) => !node.volumes.includes(name)).map((name) => `has no volume ${name}`),
      ...needs.constraints.flatMap((each) => unmet(each, node)),
    ],
  }));
}

function standing(node: MemberNode): readonly string[] {
  if (node.status !== "ready") return [`is ${node.status === "" ? "in an unknown state" : node.status}`];
  if (node.draining) return ["is being drained"];
  return node.eligibility === "ineligible" ? ["is set ineligible for new work"] : [];
}

function location(needs: JobNeeds, node: MemberNode): readonly string[] {
  const wanted = needs.datacenters.some((pattern) => globMatches(pattern, node.datacenter));
  const inPool = needs.nodePool === "all" || needs.nodePool === node.nodePool;
  return [
    ...(wanted ? [] : [`is in datacenter ${node.datacenter}, not in ${needs.datacenters.join(" or ")}`]),
    ...(inPool ? [] : [`is in node pool ${node.nodePool}, not in ${needs.nodePool}`]),
  ];
}

/** The two distinct_… operators are about other allocations, which `occupied` covers. */
function unmet(need: Constraint, node: MemberNode): readonly string[] {
  if (need.operator.startsWith("distinct_") || judgeConstraint(need, node) !== "unmet") return [];
  const found = targetValue(need.attribute, node);
  // Nomad adds these itself to jobs that use Vault or Consul (its nomad/job_endpoint_hooks.go).
  const system = /^\$\{attr\.(vault|consul)\.(.+\.)?version\}$/.exec(need.attribute)?.[1];
  if (found === undefined && system !== undefined)
    return [`its Nomad client has no connection to ${system === "vault" ? "Vault" : "Consul"}`];
  return [`doesn't meet ${constraintText(need)} (${found === undefined ? "not set" : `found "${found}"`})`];
}
