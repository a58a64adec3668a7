import {
  agentAddressDefaults,
  clusterDefaults,
  credentialFieldDefaults,
  databaseDefaults,
  firstGeneration,
  platformDefaults,
  roleDefaults,
  storageDefaults,
} from "../../../config/defaults";
import { isMap } from "../../../config/check";
import { clusterSettings } from "../../../config/schema/cluster";
import { leavesOf } from "../../../config/schema/knownKeys";
import { platformSettings } from "../../../config/schema/platform";
import { settingDescriptions } from "../../../config/schema/setting";
import { simpleSettings } from "../../../config/schema/topLevel";
import { renderSize } from "../../../config/size";
import { renderPath } from "../../../config/settingPath";

/** The tables of docs/config.md by name, each as its page has to hold it. */
export function referenceTables(): ReadonlyMap<string, string> {
  return new Map([
    ["simple", simpleTable()],
    ["platform", table(rowsOf(platformSettings, platformDefaultTexts()))],
    ["cluster", table(rowsOf(clusterSettings, clusterDefaultTexts()))],
  ]);
}

interface Row {
  readonly path: string;
  readonly fallback: string;
  readonly description: string;
  readonly allowed: string;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const cells = [`\`${row.path}\``, row.fallback, row.description, capitalised(row.allowed)];
    return `| ${cells.map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |`;
  });
  return ["| Setting | Default | What it is | Allowed |", "| --- | --- | --- | --- |", ...lines].join("\n");
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function simpleTable(): string {
  return table(
    Object.entries(simpleSettings).map(([path, { schema, default: fallback }]) => ({
      path,
      fallback: fallback === "" ? "none" : code(fallback),
      description: settingDescriptions.get(schema)?.description ?? "",
      allowed: settingDescriptions.get(schema)?.allowed ?? "",
    })),
  );
}

function rowsOf(schema: Parameters<typeof leavesOf>[0], defaults: ReadonlyMap<string, string>): Row[] {
  return leavesOf(schema).map(({ path, schema: leaf }) => {
    const about = settingDescriptions.get(leaf);
    if (about === undefined) throw new Error(`${renderPath(path)} is not described`);
    const dotted = path.join(".");
    return { path: renderPath(path), fallback: defaults.get(dotted) ?? "none", ...about };
  });
}

function platformDefaultTexts(): Map<string, string> {
  return new Map([
    ...flat(platformDefaults),
    ["datacenters", code(clusterDefaults.placement.datacenters)],
    ["nodePool", code(clusterDefaults.placement.nodePool)],
    ["networks.replication", "none: has to be set here or for each cluster"],
    ["networks.clients", "the networks of `replication`"],
    [
      "consul.agentAddress",
      `${code(agentAddressDefaults.host)}; in \`networkMode: bridge\` ${code(agentAddressDefaults.bridge)}`,
    ],
  ]);
}

function clusterDefaultTexts(): Map<string, string> {
  const { capacity, ...volume } = storageDefaults.volume;
  return new Map([
    ...flat(clusterDefaults),
    ...flat({
      storage: { ...storageDefaults.ephemeral, ...volume, capacity: renderSize(capacity.minBytes) },
    }),
    ...flat({ credentials: { generation: firstGeneration, existing: { fields: credentialFieldDefaults } } }),
    ...flat({ databases: { "<name>": databaseDefaults }, roles: { "<name>": roleDefaults } }),
    ["databases.<name>.owner", "none: has to be set"],
    ["parameters", "`{}`"],
    ["networks.replication", "`platform.networks.replication`"],
    ["networks.clients", "`platform.networks.clients`, else the networks of `replication`"],
    ["placement.datacenters", "`platform.datacenters`"],
    ["placement.nodePool", "`platform.nodePool`"],
    ["credentials.existing.mount", "`platform.vault.kvMount`"],
    ["credentials.existing.path", "none: has to be set if there is `existing`"],
  ]);
}

/** Every value in nested maps by its dotted path, as it would be written. */
function flat(values: object, at = ""): [string, string][] {
  return Object.entries(values).flatMap(([key, value]: [string, unknown]) => {
    const path = at === "" ? key : `${at}.${key}`;
    return isMap(value) && Object.keys(value).length > 0 ? flat(value, path) : [[path, code(value)]];
  });
}

function code(value: unknown): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}
