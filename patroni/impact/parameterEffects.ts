import { parameterType } from "../../config/postgresParameters/check";
import { readBoolean, readNumber } from "../../config/postgresParameters/parameterValue";
import { postgres17Contexts } from "../../config/postgresParameters/postgres17Contexts";
import type { PostgresVersion } from "../../config/model";
import {
  expectedRestarts,
  planConfigChange,
  restartOrder,
  type PendingParameter,
  type PlannedMember,
} from "../configChange";
import { changedParameter, changedSettings, describeSetting, type SettingChange } from "../configDocument";
import { isPaused } from "../pause";
import { restartParameters } from "../restartParameters";
import type { TenantEffect } from "./effect";
import type { TenantFacts } from "./facts";
import { count } from "./wording";

const newSessions: ReadonlySet<string> = new Set([
  ...postgres17Contexts.backend,
  ...postgres17Contexts["superuser-backend"],
]);

/** What changed parameters of PostgreSQL do, by what each takes to come into effect. */
export function parameterEffects(before: TenantFacts, after: TenantFacts): readonly TenantEffect[] {
  const changes = changedSettings(before.config, after.config).flatMap((change) => {
    const name = changedParameter(change);
    return name === undefined || meansTheSame(name, change, after.postgresVersion)
      ? []
      : [{ name, text: describeSetting(change, "→") }];
  });
  const pending = expectedRestarts(before.config, after.config).filter(({ name }) =>
    changes.some((change) => change.name === name),
  );
  const restarting = new Set(pending.map(({ name }) => name));
  const texts = (wanted: (name: string) => boolean) =>
    changes.filter(({ name }) => wanted(name)).map(({ text }) => text);
  const isExtension = (name: string) => name.includes(".");
  const reloads = (name: string) => !isExtension(name) && !restartParameters.has(name);
  return [
    ...restartEffects(
      texts((name) => restarting.has(name)),
      pending,
      before,
      after,
    ),
    ...extensionEffects(texts(isExtension), after),
    ...reloadEffects(
      texts((name) => reloads(name) && !newSessions.has(name)),
      "reload on every member, no restart",
    ),
    ...reloadEffects(
      texts((name) => reloads(name) && newSessions.has(name)),
      "reload, for sessions that begin afterwards; no restart",
    ),
  ];
}

/**
 * `PatroniConfig` restarts members over Patroni's REST API. The leader hands over to a replica that has restarted: nobody
 * could write for 0.5 to 0.8 s on a busy machine. Where it has to go first it restarts in place: 1.4 to 2 s there, 3 to
 * 4 s elsewhere (docs/dynamic-config.md). They are the members of before: the job changes later.
 */
function restartEffects(
  texts: readonly string[],
  pending: readonly PendingParameter[],
  before: TenantFacts,
  after: TenantFacts,
): readonly TenantEffect[] {
  if (texts.length === 0) return [];
  const common = { id: "parameters.restart", change: texts.join(", ") } as const;
  if (isPaused(after.config))
    return [
      {
        ...common,
        severity: "warning",
        consequence:
          "refused while the cluster is paused, because it takes a restart: nothing of it is written",
      },
    ];
  if (before.members === 1)
    return [
      {
        ...common,
        severity: "outage",
        consequence: "the only member restarts, a few seconds without reads and writes",
      },
    ];
  const { steps } = planConfigChange({
    before: before.config,
    after: after.config,
    members: plannedMembers(before.members, pending),
    alone: false,
    resumed: false,
  });
  const how = `rolling restart, ${restartOrder(steps)}: ${count(steps.length, "restart")}`;
  return steps.some(({ kind }) => kind === "switchover")
    ? [{ ...common, severity: "failover", consequence: `${how}, less than 1 s without writes` }]
    : [
        {
          ...common,
          severity: "restart",
          consequence: `${how}, a few seconds without writes while the leader restarts`,
        },
      ];
}

function plannedMembers(number: number, pending: readonly PendingParameter[]): readonly PlannedMember[] {
  return Array.from({ length: number }, (_, index) => ({
    name: String(index),
    role: index === 0 ? "leader" : "replica",
    running: true,
    pending,
  }));
}

/** PostgreSQL learns the context of an extension's parameter from the extension, when it loads it. */
function extensionEffects(texts: readonly string[], { config }: TenantFacts): readonly TenantEffect[] {
  if (texts.length === 0) return [];
  const consequence = isPaused(config)
    ? "reload; if the extension asks for a restart, pulumi up stops and says so, because the cluster is paused"
    : "reload; an ordered rolling restart if the extension asks for one, which members tell";
  return [{ id: "parameters.extension", severity: "restart", change: texts.join(", "), consequence }];
}

function reloadEffects(texts: readonly string[], consequence: string): readonly TenantEffect[] {
  if (texts.length === 0) return [];
  return [{ id: "parameters.reload", severity: "reload", change: texts.join(", "), consequence }];
}

/** Whether PostgreSQL reads the same from both texts, as `1GB` and `1024MB`: then nothing happens. */
function meansTheSame(name: string, { from, to }: SettingChange, version: PostgresVersion): boolean {
  if (!isPlain(from) || !isPlain(to)) return false;
  const type = parameterType(name, version);
  switch (type?.kind) {
    case undefined:
    case "text":
      return false;
    case "boolean":
      return readBoolean(from) !== undefined && readBoolean(from) === readBoolean(to);
    case "choice": {
      const value = (text: string | number | boolean) =>
        (type.boolean ? readBoolean(text) : undefined) ?? String(text).toLowerCase();
      return value(from) === value(to);
    }
    case "integer":
    case "real": {
      const number = readNumber(from, type.unit);
      return number !== undefined && number === readNumber(to, type.unit);
    }
  }
}

function isPlain(value: SettingChange["from"]): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
