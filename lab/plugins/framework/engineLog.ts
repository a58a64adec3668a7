import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Progress } from "./plugin";

/** Sends lines to the engine, each on its resource's row. */
export interface EngineLog {
  /** Where one resource's lines go. */
  progressOf(urn: string): Progress;
}

/**
 * A log to the engine at `address` (`host:port`), or to nowhere without one. Nothing is connected before the
 * first line. A line that can't be delivered is dropped: work never fails for want of a spectator.
 */
export function engineLog(address: string | undefined): EngineLog {
  let client: EngineClient | undefined;
  const send = (urn: string, message: string, severity: LogSeverity, ephemeral: boolean): Promise<void> => {
    if (address === undefined) return Promise.resolve();
    client ??= new EngineClient(address, credentials.createInsecure());
    const request = new LogRequest();
    request.setUrn(urn);
    request.setMessage(message);
    request.setSeverity(severity);
    request.setEphemeral(ephemeral);
    const connected = client;
    return new Promise((resolve) => {
      connected.log(request, () => {
        resolve();
      });
    });
  };
  return {
    progressOf: (urn) => ({
      warn: (line) => send(urn, line, LogSeverity.WARNING, false),
      status: (line) => send(urn, line, LogSeverity.INFO, true),
    }),
  };
}
