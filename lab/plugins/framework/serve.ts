import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { Plugin } from "./plugin";
import { ProviderServer } from "./server";

// The engine's own limit (`sdk/go/common/util/rpcutil`).
const largestMessageBytes = 400 * 1024 * 1024;
const parentCheckMilliseconds = 5000;

/**
 * Serves a plugin on a free loopback port and resolves with the port.
 *
 * @param engineAddress Where log lines go, `host:port`.
 */
export async function serve(
  plugin: Plugin,
  engineAddress: string | undefined,
): Promise<{ port: number; server: Server }> {
  const server = new Server({
    "grpc.max_receive_message_length": largestMessageBytes,
    "grpc.max_send_message_length": largestMessageBytes,
  });
  server.addService(ResourceProviderService, new ProviderServer(plugin, engineAddress).implementation());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return { port, server };
}

/**
 * Serves a plugin as the engine expects it of a process: the port is the only thing on standard output, and the
 * process ends with the engine that started it.
 *
 * @param args The process's arguments; the last one that is no flag is the engine's address.
 */
export async function serveProcess(plugin: Plugin, args: readonly string[]): Promise<void> {
  const engineAddress = args.filter((arg) => !arg.startsWith("-")).pop();
  const { port } = await serve(plugin, engineAddress);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, parentCheckMilliseconds).unref();
  process.stdout.write(`${port}\n`);
}
