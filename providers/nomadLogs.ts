import { HttpError, nomadApi, send } from "./http";
import { placeQuery, type NomadPlace } from "./nomadPlace";

/** The end of one of a task's logs. */
interface LogEnd {
  readonly allocationId: string;
  readonly task: string;
  readonly stream: "stdout" | "stderr";
  /** How much is read. */
  readonly bytes: number;
  /** Ends the request early. */
  readonly signal?: AbortSignal;
}

/** How long Nomad may take to show a log, in seconds. */
const answerSeconds = 4;

/** The lines at the end of a task's log; undefined when it can't be read. */
export async function readLogTail(
  place: NomadPlace,
  { allocationId, task, stream, bytes, signal }: LogEnd,
): Promise<readonly string[] | undefined> {
  try {
    const reply = await send(nomadApi(place.nomadAddress), {
      method: "GET",
      path: `/v1/client/fs/logs/${allocationId}`,
      query: {
        ...placeQuery(place),
        task,
        type: stream,
        origin: "end",
        offset: String(bytes),
        plain: "true",
      },
      timeoutSeconds: answerSeconds,
      ...(signal === undefined ? {} : { signal }),
    });
    if (reply.status !== 200) return undefined;
    return reply.text === "" ? [] : reply.text.split("\n");
  } catch (error) {
    if (error instanceof HttpError) return undefined;
    throw error;
  }
}
