import { readdirSync } from "node:fs";
import { z } from "zod";
import type { LabNode, LabSettings } from "../settings";
import { askEngine, askEngineForgiving, type Engine } from "./engine";
import { allocDir } from "./nomad";
import type { SignalTarget } from "./processes";
import { observeProcess } from "./processIdentity";
import { isRoot } from "./run";

/** A container that one of the lab's Nomad clients started. */
export interface LabContainer {
  readonly id: string;
  /** Without the slash that Docker puts in front. */
  readonly name: string;
  readonly node: string;
}

// The label that Nomad's Docker driver puts on every container of an allocation, its network's one included.
const allocLabel = "com.hashicorp.nomad.alloc_id";

const listSchema = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    Labels: z.record(z.string(), z.string()).nullish(),
    Mounts: z.array(z.object({ Source: z.string().optional() })).nullish(),
  }),
);
const inspectSchema = z.object({ State: z.object({ Pid: z.number() }) });

/** One container as the engine lists it. */
export type ListedContainer = z.infer<typeof listSchema>[number];

/** A node's allocations: their folder, and the ids of those in it. */
export interface NodeAllocations {
  readonly node: string;
  readonly folder: string;
  readonly ids: ReadonlySet<string>;
}

/**
 * Those of `listed` that belong to allocations of the given nodes: by the allocation's id, or by what they
 * mount where the allocation's folder is gone already. Other labs on the same engine have other folders.
 */
export function containersOf(
  listed: readonly ListedContainer[],
  nodes: readonly NodeAllocations[],
): readonly LabContainer[] {
  return listed.flatMap((one) => {
    const alloc = one.Labels?.[allocLabel];
    if (alloc === undefined) return [];
    const sources = one.Mounts?.flatMap(({ Source }) => (Source === undefined ? [] : [Source])) ?? [];
    const owner = nodes.find(
      ({ ids, folder }) => ids.has(alloc) || sources.some((source) => source.startsWith(`${folder}/`)),
    );
    return owner === undefined
      ? []
      : [{ id: one.Id, name: one.Names[0]?.replace(/^\//, "") ?? one.Id.slice(0, 12), node: owner.node }];
  });
}

/** The containers of these nodes of the lab, running or not. */
export async function labContainers(
  settings: LabSettings,
  engine: Engine,
  nodes: readonly LabNode[] = settings.nodes,
): Promise<readonly LabContainer[]> {
  const listed = listSchema.parse(await askEngine(engine, "/containers/json?all=1"));
  return containersOf(
    listed,
    nodes.map((node) => nodeAllocations(settings, node)),
  );
}

/** Asks a container to stop, waits, and kills it once the grace is over. One that is gone is no error. */
export async function stopContainer(
  engine: Engine,
  container: LabContainer,
  graceSeconds: number,
): Promise<void> {
  await askEngineForgiving(engine, `/containers/${container.id}/stop?t=${graceSeconds}`, {
    method: "POST",
    timeoutSeconds: graceSeconds + 15,
  });
}

/** Removes a container with its anonymous volumes. One that is gone is no error. */
export async function removeContainer(engine: Engine, container: LabContainer): Promise<void> {
  await askEngineForgiving(engine, `/containers/${container.id}?force=1&v=1`, {
    method: "DELETE",
    timeoutSeconds: 30,
  });
}

/** The first process of a container, or undefined when it doesn't run. */
export async function containerProcess(
  engine: Engine,
  container: LabContainer,
): Promise<SignalTarget | undefined> {
  const { State } = inspectSchema.parse(await askEngine(engine, `/containers/${container.id}/json`));
  const first = State.Pid === 0 ? undefined : observeProcess(State.Pid);
  if (first === undefined || isRoot()) return first;
  return { ...first, container: { host: engine.host, name: container.id } };
}

function nodeAllocations(settings: LabSettings, node: LabNode): NodeAllocations {
  const folder = allocDir(settings, node);
  return { node: node.name, folder, ids: new Set(namesIn(folder)) };
}

/** None where there is no such folder yet, or where it is root's and not for this user to read. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
