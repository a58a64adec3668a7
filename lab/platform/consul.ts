import { z } from "zod";
import type { LabNode, LabSettings } from "../settings";
import { consulAddress } from "./endpoints";
import { askConsul, grantAgents, managementHeaders } from "./consulAcl";
import { askJson } from "./http";
import type { Part, PartLaunch, Program } from "./part";
import type { PortUse } from "./portUse";
import { statePaths } from "./statePaths";
import { consulServerName, labTokens } from "./tokens";
import { holds, notYet, type Look } from "./waiting";

const memberAlive = 1;
const membersSchema = z.array(z.object({ Name: z.string(), Addr: z.string(), Status: z.number() }));

/** Name of a node's agent part. */
function consulAgentName(node: Pick<LabNode, "name">): string {
  return `consul-${node.name}`;
}

/** The Consul server: the only one, so it leads. */
export function consulServerPart(settings: LabSettings): Part {
  const { ports, serverAddress } = settings;
  return {
    name: consulServerName,
    title: "Consul server",
    ports: [
      ...agentPorts(settings, serverAddress),
      { address: serverAddress, port: ports.consulServer, purpose: "RPC", protocols: ["tcp"] },
    ],
    readyWithinSeconds: 30,
    stopWithinSeconds: 10,
    look: async () => {
      const leader = z.string().parse(await askJson(`${consulAddress(settings)}/v1/status/leader`));
      return leader === "" ? notYet("no leader is elected yet") : holds;
    },
    settle: () => grantAgents(settings),
  };
}

/** The Consul agent of a node, which its Nomad client and its members talk to. */
export function consulAgentPart(settings: LabSettings, node: LabNode): Part {
  return {
    name: consulAgentName(node),
    title: `Consul agent of ${node.name}`,
    ports: agentPorts(settings, node.address),
    readyWithinSeconds: 30,
    stopWithinSeconds: 10,
    look: () => lookForMember(settings, node),
  };
}

/** Configuration of the server. https://developer.hashicorp.com/consul/docs/agent/config/config-files */
export function consulServerLaunch(settings: LabSettings, program: Program): PartLaunch {
  return launch(program, {
    ...commonConfiguration(settings, consulServerName, settings.serverAddress, {
      initial_management: labTokens(settings).consulManagement,
    }),
    server: true,
    bootstrap_expect: 1,
    // With one server there is nobody to wait for: elect at once.
    performance: { raft_multiplier: 1 },
  });
}

/** Configuration of a node's agent. */
export function consulAgentLaunch(settings: LabSettings, node: LabNode, program: Program): PartLaunch {
  return launch(program, {
    ...commonConfiguration(settings, node.name, node.address),
    server: false,
    data_dir: statePaths(settings).data(consulAgentName(node)),
    retry_join: [`${settings.serverAddress}:${settings.ports.consulSerf}`],
    retry_interval: "1s",
    // Leaving takes 3 s, and takes the node's sessions along; a lab that goes down takes the server with it.
    leave_on_terminate: false,
  });
}

function launch(program: Program, configuration: unknown): PartLaunch {
  return { program, args: ["agent", "-config-file"], env: {}, configuration };
}

function commonConfiguration(
  settings: LabSettings,
  nodeName: string,
  address: string,
  moreTokens: Readonly<Record<string, string>> = {},
): Record<string, unknown> {
  const { ports } = settings;
  const { consulAgents } = labTokens(settings);
  return {
    node_name: nodeName,
    datacenter: settings.datacenter,
    data_dir: statePaths(settings).data(consulServerName),
    bind_addr: address,
    advertise_addr: address,
    client_addr: address,
    ports: {
      http: ports.consulHttp,
      server: ports.consulServer,
      serf_lan: ports.consulSerf,
      serf_wan: -1,
      dns: -1,
      grpc: -1,
      grpc_tls: -1,
    },
    acl: {
      enabled: true,
      default_policy: "deny",
      // Who may not list keys is told so, and not that there are none.
      enable_key_list_policy: true,
      tokens: { agent: consulAgents[nodeName], ...moreTokens },
    },
    gossip_lan: { suspicion_mult: settings.gossipSuspicionMultiplier },
    disable_update_check: true,
  };
}

function agentPorts(settings: LabSettings, address: string): readonly PortUse[] {
  return [
    { address, port: settings.ports.consulHttp, purpose: "HTTP", protocols: ["tcp"] },
    { address, port: settings.ports.consulSerf, purpose: "gossip", protocols: ["tcp", "udp"] },
  ];
}

async function lookForMember(settings: LabSettings, node: LabNode): Promise<Look> {
  const headers = managementHeaders(settings);
  await askJson(`http://${node.address}:${settings.ports.consulHttp}/v1/agent/self`, { headers });
  const members = membersSchema.parse(await askConsul(settings, "/v1/agent/members"));
  const member = members.find(({ Name, Addr }) => Name === node.name && Addr === node.address);
  if (member === undefined) return notYet(`Consul's server doesn't know ${node.name} yet`);
  return member.Status === memberAlive ? holds : notYet(`Consul's server doesn't see ${node.name} alive`);
}
