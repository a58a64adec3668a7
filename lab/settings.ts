import { homedir } from "node:os";
import { isAbsolute, join, normalize } from "node:path";
import { UserError } from "./userError";

/** One node of the lab: an address of its own, a Nomad client and a Consul agent. */
export interface LabNode {
  /** Its name in Nomad and in Consul. */
  readonly name: string;
  /** Loopback address that its agents and its members listen on. */
  readonly address: string;
  /** Network interface that carries the address and nothing else, so that Nomad takes it for the node's own. */
  readonly interfaceName: string;
  /** `client.meta` of the Nomad client, for constraints such as `${meta.storage}`. */
  readonly meta: Readonly<Record<string, string>>;
  /** Ports that Nomad hands out on this node, both ends included. */
  readonly dynamicPorts: { readonly first: number; readonly last: number };
}

/** Every fixed port of the lab, the offset applied. Agents of all nodes use the same ones, each on its address. */
export interface LabPorts {
  readonly consulHttp: number;
  readonly consulServer: number;
  readonly consulSerf: number;
  readonly openBao: number;
  readonly openBaoCluster: number;
  readonly nomadHttp: number;
  readonly nomadRpc: number;
  readonly nomadSerf: number;
  readonly registry: number;
}

/** All that distinguishes one lab from another. */
export interface LabSettings {
  /** Everything that this lab writes: configuration, data, logs, process records, keys. */
  readonly stateDir: string;
  /** What labs of this user share and a purge leaves alone: the Docker engine's data and pushed images. */
  readonly cacheDir: string;
  /** Where tools that were built or fetched are kept. */
  readonly toolsDir: string;
  /** Added to every port. */
  readonly portOffset: number;
  readonly datacenter: string;
  /** Address of the servers (Consul, OpenBao, Nomad) and of the registry. */
  readonly serverAddress: string;
  readonly nodes: readonly LabNode[];
  readonly ports: LabPorts;
  /**
   * Consul's `gossip_lan.suspicion_mult`; its own default is 4. In a network this small an agent that can't be
   * reached counts as failed after that many seconds: not before a cut-off leader has stopped by itself.
   */
  readonly gossipSuspicionMultiplier: number;
}

/** Environment variable that names the state folder. */
export const stateVariable = "NOMAD_POSTGRES_LAB_STATE";
/** Environment variable that holds the port offset. */
export const offsetVariable = "NOMAD_POSTGRES_LAB_PORT_OFFSET";

/** Offsets are multiples of this, so that the ports of two labs never overlap. */
export const offsetStep = 1000;
/** Beyond it Nomad's dynamic ports would reach 32768, where Linux's ephemeral ports begin. */
export const largestOffset = 11000;
const firstDynamicPort = 20000;
const dynamicPortsPerNode = 300;

/**
 * The lab's settings from the environment: `NOMAD_POSTGRES_LAB_STATE` (default
 * `~/.cache/nomad-postgres/lab`) and `NOMAD_POSTGRES_LAB_PORT_OFFSET` (default 0).
 * @throws {UserError} when either has a value that can't be used.
 */
export function loadLabSettings(
  env: Readonly<Record<string, string | undefined>> = process.env,
  home: string = homedir(),
): LabSettings {
  const cacheDir = join(home, ".cache", "nomad-postgres");
  return labSettings({
    stateDir: parseStateDir(env[stateVariable], join(cacheDir, "lab")),
    cacheDir,
    portOffset: parseOffset(offsetVariable, env[offsetVariable], 0),
  });
}

/** The settings of a lab with its own state folder and port offset. Neither is checked. */
export function labSettings(where: {
  readonly stateDir: string;
  readonly cacheDir: string;
  readonly portOffset: number;
}): LabSettings {
  return {
    ...where,
    toolsDir: join(where.cacheDir, "tools"),
    datacenter: "dc1",
    serverAddress: "127.0.0.1",
    nodes: [1, 2, 3].map((number) => labNode(number, where.portOffset)),
    ports: {
      consulHttp: 8500 + where.portOffset,
      consulServer: 8300 + where.portOffset,
      consulSerf: 8301 + where.portOffset,
      openBao: 8200 + where.portOffset,
      openBaoCluster: 8201 + where.portOffset,
      nomadHttp: 4646 + where.portOffset,
      nomadRpc: 4647 + where.portOffset,
      nomadSerf: 4648 + where.portOffset,
      registry: 5000 + where.portOffset,
    },
    gossipSuspicionMultiplier: 8,
  };
}

function labNode(number: number, portOffset: number): LabNode {
  const first = firstDynamicPort + portOffset + (number - 1) * dynamicPortsPerNode;
  return {
    name: `node${number}`,
    address: `127.0.0.1${number}`,
    interfaceName: `npg-node${number}`,
    meta: { storage: "ssd" },
    dynamicPorts: { first, last: first + dynamicPortsPerNode - 1 },
  };
}

function parseStateDir(found: string | undefined, fallback: string): string {
  if (found === undefined || found === "") return fallback;
  const path = normalize(found).replace(/\/+$/, "");
  if (!isAbsolute(found) || path === "") {
    throw new UserError(
      `${stateVariable} is "${found}", but must be the absolute path of a folder, for example "${fallback}".`,
    );
  }
  return path;
}

/**
 * What is added to a lab's ports, from the text of an environment variable.
 * @param fallback where the variable isn't set.
 * @throws {UserError} when it is none of the offsets that keep labs apart.
 */
export function parseOffset(variable: string, found: string | undefined, fallback: number): number {
  if (found === undefined || found === "") return fallback;
  const offset = Number(found);
  if (!/^\d+$/.test(found) || offset % offsetStep !== 0 || offset > largestOffset) {
    throw new UserError(
      `${variable} is "${found}", but must be a multiple of ${offsetStep} from 0 to ${largestOffset}: ` +
        `it is added to every port of the lab (8500, 4646, 8200, 5000, 20000 ...), and two labs must not overlap. ` +
        `Try ${variable}=${offsetStep}.`,
    );
  }
  return offset;
}
