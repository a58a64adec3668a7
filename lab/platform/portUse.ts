import { createSocket } from "node:dgram";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { largestOffset, offsetStep, offsetVariable } from "../settings";

/** State of a listening socket in `/proc/net/tcp`. */
const listening = "0A";

/** A port that a part listens on. */
export interface PortUse {
  readonly address: string;
  readonly port: number;
  /** What for, for example `HTTP`. */
  readonly purpose: string;
  /** Gossip listens on both. */
  readonly protocols: readonly ("tcp" | "udp")[];
}

/** A port that is needed but taken. */
export interface PortClash extends PortUse {
  /** Title of the part that needs it. */
  readonly part: string;
  /** `pid (program)` of who has it, where that can be seen. */
  readonly holder: string | undefined;
}

/** Those of `wanted` that can't be listened on now. */
export async function takenPorts(wanted: readonly PortUse[]): Promise<readonly PortUse[]> {
  const checked = await Promise.all(
    wanted.map(async (use) => {
      const free = await Promise.all(
        use.protocols.map((protocol) => isFree(use.address, use.port, protocol)),
      );
      return free.every((one) => one) ? [] : [use];
    }),
  );
  return checked.flat();
}

/** Tells the user which ports are taken, by whom, and how to move the lab. */
export function portClashMessage(clashes: readonly PortClash[], portOffset: number): string {
  const lines = clashes.map((clash) => {
    const holder = clash.holder === undefined ? "another process" : `process ${clash.holder}`;
    return `  ${clash.address}:${clash.port}, for ${clash.part} (${clash.purpose}), is taken by ${holder}`;
  });
  const other = portOffset < largestOffset ? portOffset + offsetStep : 0;
  return [
    `The lab can't start because ${clashes.length === 1 ? "a port it needs is" : "ports it needs are"} in use:`,
    ...lines,
    `Stop what holds ${clashes.length === 1 ? "it" : "them"}, or move the lab to other ports: ${offsetVariable}=${other} ` +
      `(any multiple of ${offsetStep} up to ${largestOffset}).`,
  ].join("\n");
}

/** Who listens on an address and port, as `pid (program)`; undefined when nobody does or it can't be seen. */
export function portHolder(address: string, port: number): string | undefined {
  const inodes = new Set(["tcp", "udp"].flatMap((table) => listeningInodes(table, address, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (socketsOf(pid).some((inode) => inodes.has(inode))) {
      return `${pid} (${quietly(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim()) ?? "ended"})`;
    }
  }
  return undefined;
}

/** Whether any process of this machine listens on an address, on whatever port. */
export function hasListener(address: string): boolean {
  const prefix = kernelAddress(address, 0).slice(0, 9);
  const rows = readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1);
  return rows.some((row) => {
    const fields = row.trim().split(/\s+/);
    return fields[1]?.startsWith(prefix) === true && fields[3] === listening;
  });
}

function listeningInodes(table: string, address: string, port: number): readonly string[] {
  const listenState = table === "tcp" ? listening : "07";
  const rows = readFileSync(`/proc/net/${table}`, "utf8").trim().split("\n").slice(1);
  return rows.flatMap((row) => {
    const fields = row.trim().split(/\s+/);
    const [local, state, inode] = [fields[1], fields[3], fields[9]];
    const matches = local === kernelAddress(address, port) || local === kernelAddress("0.0.0.0", port);
    return matches && state === listenState && inode !== undefined ? [inode] : [];
  });
}

/** An address as `/proc/net/tcp` writes it: the bytes of the address in host order (little endian), the port. */
function kernelAddress(address: string, port: number): string {
  const hex = (value: number, width: number): string => value.toString(16).toUpperCase().padStart(width, "0");
  const bytes = address.split(".").map((part) => hex(Number(part), 2));
  return `${bytes.reverse().join("")}:${hex(port, 4)}`;
}

function socketsOf(pid: string): readonly string[] {
  const fds = quietly(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return fds.flatMap((fd) => {
    const link = quietly(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? "";
    return /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [];
  });
}

/** What `read` returns, or undefined where a process or descriptor is gone meanwhile, or somebody else's. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

async function isFree(address: string, port: number, protocol: "tcp" | "udp"): Promise<boolean> {
  return new Promise((resolve) => {
    if (protocol === "tcp") {
      const server = createServer();
      server.once("error", () => {
        resolve(false);
      });
      server.listen({ host: address, port, exclusive: true }, () => {
        server.close(() => {
          resolve(true);
        });
      });
      return;
    }
    const socket = createSocket("udp4");
    socket.once("error", () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.close(() => {
        resolve(true);
      });
    });
  });
}
