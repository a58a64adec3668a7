import { z } from "zod";
import type { BenchContext } from "./context";

/** What three members take at least, in milliseconds from the first command. */
export interface ByHand {
  /** Until the leader answered a query. */
  readonly leaderMilliseconds: number;
  /** Until both replicas streamed. */
  readonly streamingMilliseconds: number;
}

const waitSchema = z.object({ StatusCode: z.number() });
const secondsAtMost = 120;

/**
 * What an operator would type who has no need of Consul, Nomad or Patroni: initdb with the program's options, a
 * start, two base backups side by side, two starts.
 */
const script = `set -eu
socket=/var/run/postgresql
now() { date +%s%N; }
ask() { psql -h $socket -U postgres -d postgres -Atqc "$1" 2>/dev/null || true; }
start() { pg_ctl -D /data/$1 -l /data/$1.log -W -o "-p $2 -c unix_socket_directories=$socket -c listen_addresses=" start >/dev/null; }
replica() {
  pg_basebackup -D /data/$1 -R -c fast -h $socket -U postgres
  start $1 $2
}
began=$(now)
initdb -D /data/leader -U postgres -A trust -E UTF8 --locale=C.UTF-8 --data-checksums >/dev/null
start leader 5432
until [ "$(ask 'select 1')" = 1 ]; do sleep 0.01; done
leader=$(now)
replica replica1 5433 &
replica replica2 5434 &
count="select count(*) from pg_stat_replication where state = 'streaming' and application_name = 'walreceiver'"
until [ "$(ask "$count")" = 2 ]; do sleep 0.01; done
echo "$(( (leader - began) / 1000000 )) $(( ($(now) - began) / 1000000 ))"
for one in replica1 replica2 leader; do pg_ctl -D /data/$one -m immediate -W stop >/dev/null; done
`;

/** Runs it in one container of the program's image, on a volume, and takes the container away. @throws after 2 min */
export async function byHand({ docker, imagePrefix }: BenchContext): Promise<ByHand> {
  const container = await docker.createContainer({
    Image: `${imagePrefix}-${process.arch === "arm64" ? "arm64" : "amd64"}`,
    Entrypoint: ["timeout", String(secondsAtMost), "sh", "-c", script],
    Cmd: [],
    // A terminal, so that its output is text and not Docker's frames.
    Tty: true,
    Volumes: { "/data": {} },
    HostConfig: { NetworkMode: "none", Init: true, CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges"] },
  });
  try {
    await container.start();
    const { StatusCode: code } = waitSchema.parse(await container.wait());
    const log: unknown = await container.logs({ stdout: true, stderr: true });
    const output = Buffer.isBuffer(log) ? log.toString("utf8") : String(log);
    const [, leader, streaming] = /^(\d+) (\d+)\s*$/m.exec(output) ?? [];
    if (code !== 0 || leader === undefined)
      throw new Error(`three members by hand ended with ${code}: ${output.trim().slice(-500)}`);
    return { leaderMilliseconds: Number(leader), streamingMilliseconds: Number(streaming) };
  } finally {
    await container.remove({ force: true, v: true });
  }
}
