import { existsSync, readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { LabNode, LabSettings } from "../settings";
import { UserError } from "../userError";
import type { Engine } from "./engine";
import { machinePath } from "./machine";
import { hasListener } from "./portUse";
import { runAsRoot } from "./privileged";
import { run, type Outcome } from "./run";
import { holds, notYet, type Look } from "./waiting";

const addedSchema = z.array(z.string());

/**
 * Gives every node an interface of its own that carries its address. Nomad takes all addresses of its
 * `network_interface` for the node's, so three nodes can't share `lo`. The interface is a bridge without
 * ports: any kernel that runs Docker has those, and nothing leaves the machine through it.
 * @throws {UserError} when one is missing and can't be added.
 */
export async function ensureAddresses(settings: LabSettings, engine: Engine): Promise<void> {
  const ip = ipBy(engine);
  for (const node of settings.nodes) {
    if (await hasAddress(node)) continue;
    if (!isPresent(node)) {
      rememberAdded(settings, node.interfaceName);
      await ip("link", "add", node.interfaceName, "type", "bridge");
    }
    await ip("address", "replace", `${node.address}/32`, "dev", node.interfaceName);
    await ip("link", "set", node.interfaceName, "up");
  }
}

/** Whether every node's interface is there with its address. */
export async function lookAtAddresses(settings: LabSettings): Promise<Look> {
  const missing: string[] = [];
  for (const node of settings.nodes) if (!(await hasAddress(node))) missing.push(node.address);
  return missing.length === 0 ? holds : notYet(`missing on this machine: ${missing.join(", ")}`);
}

/** Removes the interfaces that labs added, and only those; not one that another user's lab listens on. */
export async function removeAddresses(settings: LabSettings, engine: Engine | undefined): Promise<void> {
  const added = settings.nodes.filter(
    (node) => readAdded(settings).includes(node.interfaceName) && isPresent(node),
  );
  const idle = added.filter((node) => !hasListener(node.address));
  for (const node of idle) await ipBy(engine)("link", "delete", node.interfaceName);
  if (idle.length === added.length) rmSync(machinePath(settings, "interfaces.json"), { force: true });
}

async function hasAddress(node: LabNode): Promise<boolean> {
  if (!isPresent(node)) return false;
  const shown = await read("-oneline", "-4", "address", "show", "dev", node.interfaceName, "up");
  return shown.includes(` ${node.address}/32 `);
}

function isPresent(node: LabNode): boolean {
  return existsSync(`/sys/class/net/${node.interfaceName}`);
}

/** Changes need root's rights, looking doesn't. */
function ipBy(engine: Engine | undefined): (...args: string[]) => Promise<string> {
  return async (...args) => outputOf(args, await runAsRoot(engine, "ip", args));
}

async function read(...args: string[]): Promise<string> {
  return outputOf(args, await run("ip", args));
}

function outputOf(args: readonly string[], { code, stdout, stderr }: Outcome): string {
  if (code === 0) return stdout;
  if (/ENOENT/.test(stderr)) {
    throw new UserError(
      "The program ip is missing, which gives the lab's nodes their addresses. Install it: " +
        "apt-get install iproute2 (Debian, Ubuntu) or dnf install iproute (Fedora).",
    );
  }
  throw new UserError(`ip ${args.join(" ")} failed: ${stderr.trim()}`);
}

function rememberAdded(settings: LabSettings, interfaceName: string): void {
  const path = machinePath(settings, "interfaces.json");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify([...new Set([...readAdded(settings), interfaceName])])}\n`);
}

function readAdded(settings: LabSettings): readonly string[] {
  try {
    return addedSchema.parse(JSON.parse(readFileSync(machinePath(settings, "interfaces.json"), "utf8")));
  } catch {
    return [];
  }
}
