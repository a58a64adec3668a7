import { scopeFolder } from "../../patroni/observed/consulKeys";
import { consulApi } from "../http";
import { followChanges } from "./followChanges";
import type { Observations } from "./observations";

/** Follows the scope's keys in Consul until the signal. */
export async function watchConsul(observations: Observations, signal: AbortSignal): Promise<void> {
  const { consulAddress, keyPrefix, scope } = observations.expectation;
  const folder = scopeFolder(keyPrefix, scope).split("/").map(encodeURIComponent).join("/");
  await followChanges(
    { api: consulApi(consulAddress), path: `/v1/kv/${folder}`, query: { recurse: "" }, right: "key:read" },
    {
      answer: (body) => {
        observations.consulAnswered(body);
      },
      problem: (error) => {
        observations.failed("consul", error);
      },
    },
    signal,
  );
}
