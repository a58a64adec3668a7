import { GapWriter, type GapReport } from "../../bench/gapWriter";
import { superuser } from "./database";
import { memberEndpoints } from "./wholeCluster";

/** Does something to a cluster under a client that writes every 20 ms: what the client saw of it. */
export async function whileWriting(name: string, happen: () => Promise<void>): Promise<GapReport> {
  const login = await superuser(name);
  const endpoints = async () => memberEndpoints(name);
  const writer = new GapWriter({ ...login, endpoints, intervalMilliseconds: 20 });
  await writer.start();
  try {
    await happen();
    return await writer.stop();
  } finally {
    await writer.end();
  }
}
