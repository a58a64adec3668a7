import { shownValue, withoutEmpty, type MemberSettings } from "../../../patroni/alterSystem";
import type { MemberKey } from "../../../patroni/observed/consulKeys";
import { ProviderFailure } from "../../failure";
import { PostgresError, withPostgres, type PostgresAddress, type PostgresLogin } from "../../postgresSession";
import { readScope } from "../configKey";
import { listNames } from "../describe";
import type { ConfigInputs } from "../model";
import { readSuperuserLogin } from "./superuserLogin";

/** A member whose PostgreSQL was asked. */
export interface SeenMember {
  readonly name: string;
  readonly address: PostgresAddress;
  readonly apiUrl: string | undefined;
  readonly login: PostgresLogin;
  /** Values as they may be shown, by parameter. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whether it takes `ALTER SYSTEM` now (`allow_alter_system`, PostgreSQL 17; always so before). */
  readonly open: boolean;
}

/** What a look at every member's `postgresql.auto.conf` gave. */
export interface AlterSystemLook {
  readonly seen: readonly SeenMember[];
  /** Names of the members that Consul lists. */
  readonly listed: readonly string[];
  /** Why members weren't seen, in one line; undefined when all were. */
  readonly unseen: string | undefined;
}

/**
 * What `ALTER SYSTEM` wrote, from the file itself and not from what is in effect: a member's value may wait for a
 * restart, or lose to Patroni's command line. The last line of a name counts, as for PostgreSQL.
 * https://www.postgresql.org/docs/17/view-pg-file-settings.html
 */
const query = `SELECT coalesce(pg_catalog.current_setting('allow_alter_system', true), 'on') AS open,
  (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(name, setting) ORDER BY seqno), '[]')
   FROM pg_catalog.pg_file_settings
   WHERE sourcefile LIKE '%/postgresql.auto.conf' AND name IS NOT NULL) AS settings`;

/**
 * Asks every member over SQL for what `ALTER SYSTEM` has set on it: each has a file of its own. Nobody is asked where no
 * Vault is known (`vaultAddress` is empty). Throws an HttpError or a ProviderFailure when Consul can't be asked; that a
 * member or Vault can't is an answer.
 */
export async function lookForAlterSystem(inputs: ConfigInputs): Promise<AlterSystemLook> {
  const nobody = { seen: [], listed: [], unseen: undefined };
  if (inputs.vaultAddress === "") return nobody;
  const { leader, members } = await readScope(inputs);
  if (leader === undefined) return { ...nobody, listed: members.map(({ name }) => name) };
  const listed = members.map(({ name }) => name);
  try {
    const login = await readSuperuserLogin(inputs);
    const looks = await Promise.all(members.map((member) => lookAt(member, login)));
    const seen = looks.filter((look) => typeof look !== "string");
    return { seen, listed, unseen: reasons(listed, looks) };
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    return { seen: [], listed, unseen: error.headline };
  }
}

/** The row that the query gives. */
type AutoConf = {
  readonly open: string;
  readonly settings: readonly (readonly [name: string, value: string | null])[];
};

/** What all members have together; one that wasn't seen counts as having what it had. */
export function foundSettings({ seen, listed }: AlterSystemLook, known: MemberSettings): MemberSettings {
  const now = new Map(seen.map(({ name, settings }) => [name, settings]));
  return withoutEmpty(listed.map((name) => [name, now.get(name) ?? known[name] ?? {}]));
}

/** How long a member may take for each answer over SQL. */
export const sqlSeconds = 2;

async function lookAt(member: MemberKey, login: PostgresLogin): Promise<SeenMember | string> {
  const { name, host, port, apiUrl } = member;
  if (host === undefined || port === undefined) return "it hasn't said where its PostgreSQL listens";
  const address = { host, port };
  try {
    return await withPostgres(address, login, sqlSeconds, async (ask) => {
      const rows = await ask<AutoConf>(query);
      const entries = rows[0]?.settings ?? [];
      const settings = Object.fromEntries(
        entries.map(([parameter, value]) => [parameter, shownValue(parameter, value ?? "")]),
      );
      return { name, address, apiUrl, login, settings, open: rows[0]?.open !== "off" };
    });
  } catch (error) {
    if (error instanceof PostgresError) return error.reason;
    throw error;
  }
}

/** `node1 and node2: no answer within 2 s; node3: …`. */
function reasons(names: readonly string[], looks: readonly (SeenMember | string)[]): string | undefined {
  const byReason = new Map<string, string[]>();
  looks.forEach((look, at) => {
    if (typeof look === "string") byReason.set(look, [...(byReason.get(look) ?? []), names[at] ?? ""]);
  });
  if (byReason.size === 0) return undefined;
  return [...byReason].map(([reason, members]) => `${listNames(members)}: ${reason}`).join("; ");
}
