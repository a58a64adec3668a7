import { until, type Deadline } from "./config/until";
import type { Query } from "./postgresSession";

/**
 * Waits until every replica that streams has replayed all that the leader has written by now: the passwords that it has
 * just taken, for one.
 *
 * @returns a line for each replica that hasn't by the deadline
 */
export async function awaitReplay(query: Query, deadline: Deadline): Promise<readonly string[]> {
  const [row] = await query("SELECT pg_current_wal_lsn()::text AS written");
  let behind: readonly Readonly<Record<string, unknown>>[] = [];
  const done = await until(deadline, async () => {
    behind = await query(
      `SELECT application_name AS name, replay_lsn::text AS replayed FROM pg_stat_replication
       WHERE state = 'streaming' AND replay_lsn < $1::pg_lsn ORDER BY 1`,
      [row?.["written"]],
    );
    return behind.length === 0 ? true : undefined;
  });
  if (done !== undefined) return [];
  return behind.map(
    ({ name, replayed }) =>
      `replica ${String(name)} is at ${String(replayed)} of ${String(row?.["written"])}`,
  );
}
