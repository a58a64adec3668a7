import { namesDatabase } from "../observed/consulKeys";
import { elements, fields, number, parsedFields, text } from "../observed/json";
import { isNameOf } from "../observed/memberOf";
import { isAlive, type Allocation } from "../observed/nomadState";
import type {
  ConsulEntry,
  FoundVolume,
  Leftover,
  LeftoverKeys,
  LeftoverScene,
  OwnCluster,
  RemovableKey,
} from "./model";

/**
 * Everything that nobody needs any more, by cluster. Where anything speaks against it, or can't be told, it isn't one: a
 * session, a job, an allocation or a volume that anybody has keeps what belongs to it.
 */
export function findLeftovers(scene: LeftoverScene): readonly Leftover[] {
  const own = scene.clusters.flatMap((cluster) => ownLeftovers(scene, cluster));
  const gone = unknownScopes(scene).flatMap((scope) => goneCluster(scene, scope) ?? []);
  return [...own, ...gone, ...volumesOfNobody(scene)];
}

/**
 * Scopes below the prefix that the config doesn't know and that nobody holds a session for: only of these it has to be
 * asked who uses them.
 */
export function unknownScopes(
  scene: Pick<LeftoverScene, "keyPrefix" | "entries" | "clusters">,
): readonly string[] {
  const { keyPrefix, entries, clusters } = scene;
  const scopes = new Set(entries.flatMap(({ key }) => scopeOf(keyPrefix, key) ?? []));
  return [...scopes]
    .filter((scope) => clusters.every(({ name }) => name !== scope))
    .filter((scope) => entriesOf(scene, scope).every(({ session }) => session === undefined))
    .sort();
}

/**
 * A cluster of another program may write below the prefix in more parts than Patroni does; what isn't
 * `<prefix>/<scope>/<key>` is nobody's business here.
 */
function scopeOf(keyPrefix: string, key: string): string | undefined {
  if (!key.startsWith(`${keyPrefix}/`)) return undefined;
  const [scope = "", ...rest] = key.slice(keyPrefix.length + 1).split("/");
  return scope !== "" && rest.length > 0 ? scope : undefined;
}

function entriesOf(
  { keyPrefix, entries }: Pick<LeftoverScene, "keyPrefix" | "entries">,
  scope: string,
): readonly ConsulEntry[] {
  return entries.filter(({ key }) => key.startsWith(`${keyPrefix}/${scope}/`));
}

/** The keys that Patroni writes for a cluster (patroni/dcs/__init__.py), and this program's note of a removal. */
const patroniKeys =
  /^(config|initialize|status|history|failsafe|sync|failover|leader|optime\/leader|removal|members\/[^/]+)$/;

/**
 * The keys of a cluster that was made once and is gone. One without `initialize` may be a cluster that is being made
 * just now; with other keys than Patroni's it isn't known what it is.
 */
function goneCluster(scene: LeftoverScene, scope: string): LeftoverKeys<"cluster"> | undefined {
  const { keyPrefix, jobs, volumes, uses } = scene;
  const folder = `${keyPrefix}/${scope}/`;
  const entries = entriesOf(scene, scope);
  const initialize = entries.find(({ key }) => key === `${folder}initialize`)?.value;
  const use = uses.get(scope);
  const kept =
    use === undefined ||
    use.jobs.length > 0 ||
    use.aliveAllocations > 0 ||
    jobs.some(({ id }) => id === jobName(scope) || id === scope) ||
    volumes.some(({ name }) => name === jobName(scope) || name === scope);
  const foreign = entries.some(({ key }) => !patroniKeys.test(key.slice(folder.length)));
  if (kept || foreign || !namesDatabase(initialize)) return undefined;
  return {
    kind: "cluster",
    cluster: scope,
    name: scope,
    keys: entries.map(removable),
    because: [
      "the stack's config has no such cluster",
      "nobody holds a session of it",
      `no job in Nomad is ${jobName(scope)} or has its scope`,
      "no allocation of it runs",
      `no volume is named ${jobName(scope)}`,
    ],
  };
}

/** Job and volumes of a cluster are named alike unless its config says otherwise. */
function jobName(scope: string): string {
  return `postgres-${scope}`;
}

function ownLeftovers(scene: LeftoverScene, cluster: OwnCluster): readonly Leftover[] {
  const { allocations } = cluster;
  if (allocations === undefined) return [];
  const alive = allocations.filter(isAlive);
  return [
    ...staleMembers(scene, cluster, alive),
    // While a member is missing, what it left may be what it comes back to.
    ...(alive.length < cluster.members
      ? []
      : [...slotsOfNobody(scene, cluster, alive), ...spareVolumes(scene, cluster, alive)]),
  ];
}

/** An entry whose session has ended goes by itself; one that never had any stays for ever. */
function staleMembers(
  scene: LeftoverScene,
  { name: cluster, volumeName }: OwnCluster,
  alive: readonly Allocation[],
): readonly Leftover[] {
  const folder = `${scene.keyPrefix}/${cluster}/members/`;
  return scene.entries
    .filter(({ key, session }) => key.startsWith(folder) && session === undefined)
    .flatMap((entry): readonly Leftover[] => {
      const name = entry.key.slice(folder.length);
      const runs = alive.some((allocation) => isNameOf(name, allocation));
      const hasData = scene.volumes.some((volume) => volume.name === volumeName && volume.nodeName === name);
      if (runs || hasData) return [];
      const because = ["nobody holds a session of it", "no allocation runs it", "no volume has its data"];
      return [{ kind: "member", cluster, name, keys: [removable(entry)], because }];
    });
}

/**
 * Slots that Patroni keeps for members that were there before: `retain_slots` in the key `status`, until
 * `member_slots_ttl` (1800 s unless set) is over (`_build_retain_slots` in patroni/dcs/__init__.py, 4.1.5).
 */
function slotsOfNobody(
  { keyPrefix, entries }: LeftoverScene,
  { name: cluster }: OwnCluster,
  alive: readonly Allocation[],
): readonly Leftover[] {
  const folder = `${keyPrefix}/${cluster}/`;
  const status = parsedFields(entries.find(({ key }) => key === `${folder}status`)?.value ?? "");
  const members = entries.flatMap(({ key }) =>
    key.startsWith(`${folder}members/`) ? [key.slice(`${folder}members/`.length)] : [],
  );
  const needed = [...members, ...alive.map(({ nodeName }) => nodeName)].map(slotName);
  const written = number(status["optime"]);
  return elements(status["retain_slots"])
    .flatMap((name) => text(name) ?? [])
    .filter((name) => !needed.includes(name))
    .map((name): Leftover => {
      const at = number(fields(status["slots"])[name]);
      const heldBytes = written === undefined || at === undefined ? null : Math.max(0, written - at);
      return { kind: "slot", cluster, name, heldBytes };
    });
}

/** `slot_name_from_member_name` in patroni/dcs/__init__.py. */
function slotName(member: string): string {
  return member
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, (one) =>
      /[-.]/.test(one) ? "_" : `u${String(one.charCodeAt(0)).padStart(4, "0")}`,
    )
    .slice(0, 63);
}

/** Volumes beyond the members: kept by a scale-down or a move. */
function spareVolumes(
  { volumes, namespace }: LeftoverScene,
  { name: cluster, volumeName }: OwnCluster,
  alive: readonly Allocation[],
): readonly Leftover[] {
  return volumes
    .filter((volume) => volume.name === volumeName && volume.namespace === namespace)
    .filter(({ nodeId }) => alive.every((allocation) => allocation.nodeId !== nodeId))
    .map((volume) => leftVolume(cluster, volume, true));
}

/** Volumes named as a cluster's, of one that the config doesn't know and no job of any namespace is of. */
function volumesOfNobody({
  volumes,
  clusters,
  jobs,
  entries,
  keyPrefix,
}: LeftoverScene): readonly Leftover[] {
  return volumes.flatMap((volume): readonly Leftover[] => {
    const cluster = /^postgres-(.+)$/.exec(volume.name)?.[1];
    if (cluster === undefined || clusters.some(({ volumeName }) => volumeName === volume.name)) return [];
    const used = jobs.some(({ id }) => id === volume.name);
    const held = entriesOf({ keyPrefix, entries }, cluster).some(({ session }) => session !== undefined);
    return used || held ? [] : [leftVolume(cluster, volume, false)];
  });
}

function leftVolume(cluster: string, { id, namespace, nodeName }: FoundVolume, known: boolean): Leftover {
  return { kind: "volume", cluster, id, namespace, node: nodeName, known };
}

function removable({ key, modifyIndex }: ConsulEntry): RemovableKey {
  return { key, modifyIndex };
}
