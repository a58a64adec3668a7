import { escapeIdentifier } from "pg";
import { restartParameters } from "../../../patroni/restartParameters";
import type { MemberSettings } from "../../../patroni/alterSystem";
import { HttpError, send } from "../../http";
import { listNames } from "../describe";
import type { Progress } from "../../progress";
import { PostgresError, withPostgres } from "../../postgresSession";
import { sqlSeconds, type SeenMember } from "./lookForAlterSystem";

/**
 * Takes back what `ALTER SYSTEM` has set on members that take `ALTER SYSTEM`, and has them read their files anew. Where
 * a parameter takes effect at a restart only, Patroni is told to look what waits for one. Says a line for each member.
 * Returns the names of the parameters that were taken back.
 */
export async function takeBackAlterSystem(
  seen: readonly SeenMember[],
  wrong: MemberSettings,
  progress: Progress,
): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  for (const member of seen) {
    const names = Object.keys(wrong[member.name] ?? {});
    if (names.length === 0 || !member.open) continue;
    try {
      await reset(member, names);
      for (const name of names) taken.add(name.toLowerCase());
      progress.line(`ALTER SYSTEM on ${member.name}: ${listNames(names)} taken back`);
    } catch (error) {
      if (!(error instanceof PostgresError || error instanceof HttpError)) throw error;
      progress.line(
        `ALTER SYSTEM on ${member.name}: ${listNames(names)} couldn't be taken back: ${error.message}; pulumi up tries again`,
      );
    }
  }
  return taken;
}

async function reset({ address, login, apiUrl }: SeenMember, names: readonly string[]): Promise<void> {
  await withPostgres(address, login, sqlSeconds, async (query) => {
    for (const name of names) await query(`ALTER SYSTEM RESET ${escapeIdentifier(name)}`);
    await query("SELECT pg_catalog.pg_reload_conf()");
  });
  const mayRestart = names.some((name) => restartParameters.has(name.toLowerCase()) || name.includes("."));
  if (!mayRestart || apiUrl === undefined) return;
  // `do_POST_reload` in patroni/api.py: done in its next cycle. It looks what waits for a restart then, and only then.
  await send({ system: "Patroni", address: apiUrl }, { method: "POST", path: "/reload", timeoutSeconds: 4 });
}
