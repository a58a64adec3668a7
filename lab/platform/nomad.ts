import { z } from "zod";
import type { LabNode, LabSettings } from "../settings";
import { consulAudience, serviceAuthMethod, taskAuthMethod } from "./consulAcl";
import type { Engine } from "./engine";
import { nomadAddress, openBaoAddress } from "./endpoints";
import { askJson } from "./http";
import { askNomad, bootstrapNomadAcl } from "./nomadAcl";
import type { Part, PartLaunch, Program } from "./part";
import { isRoot } from "./run";
import { statePaths } from "./statePaths";
import { labTokens } from "./tokens";
import { holds, notYet, type Look } from "./waiting";
import { identityAudience, jwtMount } from "./workloadIdentity";

const nodesSchema = z.array(
  z.object({
    ID: z.string(),
    Name: z.string(),
    Address: z.string(),
    Status: z.string(),
    Drivers: z.record(z.string(), z.object({ Healthy: z.boolean(), HealthDescription: z.string() })),
  }),
);
const attributesSchema = z.object({ Attributes: z.record(z.string(), z.string()) });

/** Name of the server's part. */
const nomadServerName = "nomad";

/** Name of a node's client part. */
export function nomadClientName(node: Pick<LabNode, "name">): string {
  return `nomad-${node.name}`;
}

/** Where a node's client keeps its allocations. */
export function allocDir(settings: LabSettings, node: LabNode): string {
  return `${statePaths(settings).data(nomadClientName(node))}/alloc`;
}

/** The Nomad server: the only one, so it leads. Ready once it signs workload identities. */
export function nomadServerPart(settings: LabSettings): Part {
  const { ports, serverAddress } = settings;
  return {
    name: nomadServerName,
    title: "Nomad server",
    ports: [
      { address: serverAddress, port: ports.nomadHttp, purpose: "HTTP", protocols: ["tcp"] },
      { address: serverAddress, port: ports.nomadRpc, purpose: "RPC", protocols: ["tcp"] },
      { address: serverAddress, port: ports.nomadSerf, purpose: "gossip", protocols: ["tcp", "udp"] },
    ],
    readyWithinSeconds: 45,
    stopWithinSeconds: 10,
    look: async () => {
      const leader = z.string().parse(await askJson(`${nomadAddress(settings)}/v1/status/leader`));
      if (leader === "") return notYet("no leader is elected yet");
      const jwks = await askJson(`${nomadAddress(settings)}/.well-known/jwks.json`);
      const { keys } = z.object({ keys: z.array(z.unknown()) }).parse(jwks);
      return keys.length > 0 ? holds : notYet("it has no key to sign workload identities with yet");
    },
    settle: () => bootstrapNomadAcl(settings),
  };
}

/** The Nomad client of a node. Ready once jobs with Docker, Consul and Vault can be placed on it. */
export function nomadClientPart(settings: LabSettings, node: LabNode): Part {
  return {
    name: nomadClientName(node),
    title: `Nomad client of ${node.name}`,
    ports: [{ address: node.address, port: settings.ports.nomadHttp, purpose: "HTTP", protocols: ["tcp"] }],
    readyWithinSeconds: 60,
    stopWithinSeconds: 20,
    look: () => lookAtNode(settings, node),
  };
}

/** Configuration of the server. https://developer.hashicorp.com/nomad/docs/configuration */
export function nomadServerLaunch(settings: LabSettings, program: Program): PartLaunch {
  return launch(program, {
    ...commonConfiguration(settings, {
      name: "server",
      part: nomadServerName,
      address: settings.serverAddress,
    }),
    server: { enabled: true, bootstrap_expect: 1 },
  });
}

/**
 * Configuration of a node's client, which runs its tasks on `engine`. It mounts file systems and gives files to
 * other users, so it needs root's rights.
 */
export function nomadClientLaunch(
  settings: LabSettings,
  node: LabNode,
  engine: Engine,
  program: Program,
): PartLaunch {
  return {
    ...launch(program, {
      ...commonConfiguration(settings, {
        name: node.name,
        part: nomadClientName(node),
        address: node.address,
      }),
      client: clientConfiguration(settings, node),
      plugin: [{ docker: [{ config: [dockerDriverConfiguration(engine.host)] }] }],
    }),
    privilegedBy: isRoot() ? undefined : engine,
  };
}

function clientConfiguration(settings: LabSettings, node: LabNode): unknown {
  return {
    enabled: true,
    servers: [`${settings.serverAddress}:${settings.ports.nomadRpc}`],
    network_interface: node.interfaceName,
    min_dynamic_port: node.dynamicPorts.first,
    max_dynamic_port: node.dynamicPorts.last,
    // By default it is beside the data folder, where all three clients would share it.
    alloc_mounts_dir: `${statePaths(settings).data(nomadClientName(node))}/alloc_mounts`,
    host_volumes_dir: statePaths(settings).volumes(node.name),
    // The default of 30 s cuts a shutdown checkpoint short.
    max_kill_timeout: "5m",
    // On a disk that is nearly full Nomad throws ended allocations away at once, and their logs with them.
    gc_disk_usage_threshold: 97,
    meta: node.meta,
    // Without a limit: after twelve failed tries, about 5 minutes, Nomad would end every task whose template reads from
    // a Vault or a Nomad server that is away (`DefaultTemplateConfig`, `TaskTemplateManager.handleTemplateRerenders`, 1.11.3).
    template: [{ vault_retry: [{ attempts: 0 }], nomad_retry: [{ attempts: 0 }] }],
    options: {
      // The cloud fingerprints wait for metadata services that aren't there.
      "fingerprint.denylist": "env_aws,env_gce,env_azure,env_digitalocean",
    },
  };
}

function dockerDriverConfiguration(dockerHost: string): unknown {
  return {
    endpoint: dockerHost,
    // All clients share one engine: what one of them doesn't know, another one is using.
    gc: [{ image: false, container: true, dangling_containers: [{ enabled: false }] }],
    volumes: [{ enabled: true }],
    extra_labels: ["job_name", "task_group_name", "task_name", "node_name", "node_id"],
  };
}

function launch(program: Program, configuration: unknown): PartLaunch {
  return { program, args: ["agent", "-config"], env: {}, configuration };
}

function commonConfiguration(
  settings: LabSettings,
  agent: { readonly name: string; readonly part: string; readonly address: string },
): Record<string, unknown> {
  const { ports } = settings;
  return {
    name: agent.name,
    datacenter: settings.datacenter,
    data_dir: statePaths(settings).data(agent.part),
    bind_addr: agent.address,
    ports: { http: ports.nomadHttp, rpc: ports.nomadRpc, serf: ports.nomadSerf },
    // Nomad refuses to guess when it is bound to a loopback address.
    advertise: {
      http: `${agent.address}:${ports.nomadHttp}`,
      rpc: `${agent.address}:${ports.nomadRpc}`,
      serf: `${agent.address}:${ports.nomadSerf}`,
    },
    consul: {
      address: `${agent.address}:${ports.consulHttp}`,
      token: labTokens(settings).consulOfNomad,
      service_auth_method: serviceAuthMethod,
      service_identity: { aud: [consulAudience], ttl: "1h" },
      task_auth_method: taskAuthMethod,
      task_identity: { aud: [consulAudience], ttl: "1h" },
    },
    vault: {
      enabled: true,
      address: openBaoAddress(settings),
      jwt_auth_backend_path: jwtMount,
      default_identity: { aud: [identityAudience], ttl: "1h" },
    },
    acl: { enabled: true },
    disable_update_check: true,
  };
}

async function lookAtNode(settings: LabSettings, node: LabNode): Promise<Look> {
  await askJson(`http://${node.address}:${settings.ports.nomadHttp}/v1/agent/health?type=client`);
  const nodes = nodesSchema.parse(await askNomad(settings, "/v1/nodes"));
  const found = nodes.find((one) => one.Name === node.name && one.Status !== "down");
  if (found === undefined) return notYet("it isn't registered with Nomad's server");
  if (found.Status !== "ready") return notYet(`Nomad's server calls it ${found.Status}`);
  const docker = found.Drivers["docker"];
  if (docker?.Healthy !== true)
    return notYet(`its docker driver says: ${docker?.HealthDescription ?? "nothing"}`);
  const detail = await askNomad(settings, `/v1/node/${found.ID}`);
  const { Attributes } = attributesSchema.parse(detail);
  if (!("consul.version" in Attributes)) return notYet("it hasn't found its Consul agent yet");
  return Attributes["vault.accessible"] === "true" ? holds : notYet("it hasn't reached OpenBao yet");
}
