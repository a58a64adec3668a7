import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { consulAgentLaunch, consulServerLaunch } from "../../../lab/platform/consul";
import { nomadClientLaunch, nomadServerLaunch } from "../../../lab/platform/nomad";
import { openBaoLaunch } from "../../../lab/platform/openbao";
import { labParts } from "../../../lab/platform/parts";
import { registryLaunch } from "../../../lab/platform/registry";
import { ensureTokens, labTokens } from "../../../lab/platform/tokens";
import { labSettings } from "../../../lab/settings";

const program = { path: "/bin/part", version: "1.0" };

describe("the configuration of the lab's parts", () => {
  const stateDir = mkdtempSync(join(tmpdir(), "nomad-postgres-"));
  const settings = labSettings({ stateDir, cacheDir: "/cache", portOffset: 1000 });
  const [node1, node2] = settings.nodes;
  assert(node1 !== undefined && node2 !== undefined);

  before(() => {
    ensureTokens(settings);
  });
  after(() => {
    rmSync(stateDir, { recursive: true });
  });

  it("has Consul's agents join their server, each at its own address on the same ports", () => {
    const server = consulServerLaunch(settings, program);
    const agent = consulAgentLaunch(settings, node2, program);
    const ports = { http: 9500, server: 9300, serf_lan: 9301, serf_wan: -1, dns: -1, grpc: -1, grpc_tls: -1 };
    const common = {
      datacenter: "dc1",
      ports,
      gossip_lan: { suspicion_mult: 8 },
      disable_update_check: true,
    };
    const { consulAgents, consulManagement } = labTokens(settings);
    const acl = { enabled: true, default_policy: "deny", enable_key_list_policy: true };
    assert.deepEqual(server.configuration, {
      ...common,
      node_name: "consul",
      acl: { ...acl, tokens: { agent: consulAgents["consul"], initial_management: consulManagement } },
      data_dir: `${stateDir}/data/consul`,
      bind_addr: "127.0.0.1",
      advertise_addr: "127.0.0.1",
      client_addr: "127.0.0.1",
      server: true,
      bootstrap_expect: 1,
      performance: { raft_multiplier: 1 },
    });
    assert.deepEqual(agent.configuration, {
      ...common,
      node_name: "node2",
      acl: { ...acl, tokens: { agent: consulAgents["node2"] } },
      data_dir: `${stateDir}/data/consul-node2`,
      bind_addr: "127.0.0.12",
      advertise_addr: "127.0.0.12",
      client_addr: "127.0.0.12",
      server: false,
      retry_join: ["127.0.0.1:9301"],
      retry_interval: "1s",
      leave_on_terminate: false,
    });
  });

  it("gives each Nomad client its own Consul agent, address, ports and folders", () => {
    const { configuration, args } = nomadClientLaunch(
      settings,
      node2,
      { host: "unix:///docker.sock" },
      program,
    );
    assert.deepEqual(args, ["agent", "-config"]);
    assert.deepEqual(configuration, {
      name: "node2",
      datacenter: "dc1",
      data_dir: `${stateDir}/data/nomad-node2`,
      bind_addr: "127.0.0.12",
      ports: { http: 5646, rpc: 5647, serf: 5648 },
      advertise: { http: "127.0.0.12:5646", rpc: "127.0.0.12:5647", serf: "127.0.0.12:5648" },
      consul: {
        address: "127.0.0.12:9500",
        token: labTokens(settings).consulOfNomad,
        service_auth_method: "nomad-workloads",
        service_identity: { aud: ["consul.io"], ttl: "1h" },
        task_auth_method: "nomad-tasks",
        task_identity: { aud: ["consul.io"], ttl: "1h" },
      },
      acl: { enabled: true },
      vault: {
        enabled: true,
        address: "http://127.0.0.1:9200",
        jwt_auth_backend_path: "jwt-nomad",
        default_identity: { aud: ["vault.io"], ttl: "1h" },
      },
      disable_update_check: true,
      client: {
        enabled: true,
        servers: ["127.0.0.1:5647"],
        network_interface: "npg-node2",
        min_dynamic_port: 21300,
        max_dynamic_port: 21599,
        alloc_mounts_dir: `${stateDir}/data/nomad-node2/alloc_mounts`,
        host_volumes_dir: `${stateDir}/volumes/node2`,
        max_kill_timeout: "5m",
        gc_disk_usage_threshold: 97,
        meta: { storage: "ssd" },
        template: [{ vault_retry: [{ attempts: 0 }], nomad_retry: [{ attempts: 0 }] }],
        options: { "fingerprint.denylist": "env_aws,env_gce,env_azure,env_digitalocean" },
      },
      plugin: [
        {
          docker: [
            {
              config: [
                {
                  endpoint: "unix:///docker.sock",
                  gc: [{ image: false, container: true, dangling_containers: [{ enabled: false }] }],
                  volumes: [{ enabled: true }],
                  extra_labels: ["job_name", "task_group_name", "task_name", "node_name", "node_id"],
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it("keeps every part's data in the state folder, and pushed images in the cache", () => {
    const inState = [
      consulServerLaunch(settings, program),
      consulAgentLaunch(settings, node1, program),
      nomadServerLaunch(settings, program),
      nomadClientLaunch(settings, node1, { host: "unix:///s" }, program),
      openBaoLaunch(settings, program),
    ];
    for (const { configuration } of inState)
      assert(JSON.stringify(configuration).includes(`"${stateDir}/data/`));
    const registry = JSON.stringify(registryLaunch(settings, program).configuration);
    assert(registry.includes('"rootdirectory":"/cache/registry"'));
  });

  it("listens on loopback addresses only, and on no port twice", () => {
    const uses = labParts(settings).flatMap(({ ports }) => ports);
    assert(uses.every(({ address }) => address.startsWith("127.")));
    assert.equal(new Set(uses.map(({ address, port }) => `${address}:${port}`)).size, uses.length);
  });

  it("gives every agent of Consul a token of its own, and none of them the management token but the server", () => {
    const { consulAgents, consulManagement } = labTokens(settings);
    assert.equal(new Set(Object.values(consulAgents)).size, settings.nodes.length + 1);
    const agent = JSON.stringify(consulAgentLaunch(settings, node1, program).configuration);
    assert.equal(agent.includes(consulManagement), false);
  });

  it("takes a node's meta from the settings", () => {
    const bare = { ...node1, meta: {} };
    const { configuration } = nomadClientLaunch(settings, bare, { host: "unix:///s" }, program);
    assert.deepEqual((configuration as { client: { meta: unknown } }).client.meta, {});
  });
});
