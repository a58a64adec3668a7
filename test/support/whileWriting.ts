import { GapWriter, type GapReport } from "../../bench/gapWriter";
import { superuser } from "./database";
import { memberEndpoints } from "./wholeCluster";

/** What a client saw of something, and what that came to. */
export type Watched<T> = GapReport & { readonly outcome: T };

/** Does something to a cluster under a client that writes every 20 ms. */
export async function whileWriting<T>(name: string, happen: () => Promise<T>): Promise<Watched<T>> {
  const login = await superuser(name);
  const endpoints = async () => memberEndpoints(name);
  const writer = new GapWriter({ ...login, endpoints, intervalMilliseconds: 20 });
  await writer.start();
  try {
    const outcome = await happen();
    return { ...(await writer.stop()), outcome };
  } finally {
    await writer.end();
  }
}
