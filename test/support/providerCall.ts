import assert from "node:assert/strict";
import type { ServiceError } from "@grpc/grpc-js";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";

/** One failed call, with the partial state that came with it, if any did. */
export class CallError extends Error {
  constructor(
    message: string,
    readonly partial:
      | {
          readonly id: string;
          readonly outputs: Record<string, unknown>;
          readonly reasons: readonly string[];
        }
      | undefined,
  ) {
    super(message);
  }
}

/** One call of a provider's gRPC server as a promise. It fails with a {@link CallError}. */
export function call<Response>(
  start: (done: (error: ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    start((error, response) => {
      if (error === null) resolve(response);
      else reject(new CallError(error.details, partialState(error)));
    });
  });
}

/** The failure of a call that must fail. */
export async function failureOf(work: Promise<unknown>): Promise<CallError> {
  return work.then(
    (result) => assert.fail(`it succeeded: ${JSON.stringify(result)}`),
    (error: unknown) => {
      assert.ok(error instanceof CallError, String(error));
      return error;
    },
  );
}

/** The state that came with a failed create or update, if any did. */
function partialState(error: ServiceError): CallError["partial"] {
  const packed = error.metadata.get("grpc-status-details-bin")[0];
  if (packed === undefined || typeof packed === "string") return undefined;
  const detail = Status.deserializeBinary(packed).getDetailsList()[0];
  if (detail === undefined) return undefined;
  const failure = messages.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
  return {
    id: failure.getId(),
    outputs: failure.getProperties()?.toJavaScript() ?? {},
    reasons: failure.getReasonsList(),
  };
}
