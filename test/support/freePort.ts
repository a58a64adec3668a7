import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Above the lab's on this address, and below those that the kernel gives to whoever asks for any.
const [first, end] = [20_000, 32_000];
const looked = new Set<number>();

/** A port of 127.0.0.1 on which nothing listens, and which nobody is given while it waits for its server. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(first, end);
    if (looked.has(port)) continue;
    looked.add(port);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
