import type { Cluster } from "../config/model";
import { taskAuthMethod } from "../lab/platform/consulAcl";
import { clusterNames, portLabels } from "../patroni/names";
import { seconds } from "../patroni/nomadJob";
import { identities, postgresUser } from "../patroni/patroniTask";
import { memberPaths } from "../patroni/patroniYml";
import type { BenchCluster } from "./benchCluster";
import { tenant, type BenchContext } from "./context";

/** The cluster that the plain job makes: the same size, on the same kind of storage. */
export function plainMembers(context: BenchContext): Cluster {
  return tenant(context, "plain", { members: 3 });
}

/**
 * The reference: Patroni as a Nomad job the way one would write it after the documentation of both. The same
 * image, secret and volumes, but members named after their allocations, Patroni's default timings, Nomad's
 * default delay of 15 s between restarts, and nothing in Consul before the job starts.
 */
export function plainJob(bench: BenchCluster, memoryMb = bench.cluster.resources.memoryMb): unknown {
  const { cluster, context } = bench;
  const names = clusterNames(cluster);
  const { storage, placement, resources } = cluster;
  return {
    ID: names.job,
    Name: names.job,
    Region: context.platform.nomad.region,
    Namespace: context.platform.nomad.namespace,
    Type: "service",
    Datacenters: placement.datacenters,
    Constraints: [{ Operand: "distinct_hosts", RTarget: "true" }],
    Update: {
      MaxParallel: 1,
      HealthCheck: "checks",
      MinHealthyTime: seconds(10),
      HealthyDeadline: seconds(300),
    },
    TaskGroups: [
      {
        Name: names.group,
        Count: cluster.members,
        Networks: [{ DynamicPorts: [{ Label: portLabels.postgres }, { Label: portLabels.patroniApi }] }],
        Volumes: { data: volumeRequest(storage.type === "volume" ? storage.volumeName : "") },
        // The delay is Nomad's default. The default of 2 attempts in 30 minutes would end the bench's own repetitions.
        RestartPolicy: { Attempts: 100, Interval: seconds(1800), Delay: seconds(15), Mode: "delay" },
        Tasks: [plainTask(bench, { CPU: resources.cpuMhz, MemoryMB: memoryMb })],
      },
    ],
  };
}

function volumeRequest(Source: string): unknown {
  const access = { AccessMode: "single-node-single-writer", AttachmentMode: "file-system" };
  return { Name: "data", Type: "host", Source, Sticky: true, ...access };
}

function plainTask({ cluster, context }: BenchCluster, resources: object): unknown {
  const names = clusterNames(cluster);
  const { postgres, patroniApi } = portLabels;
  const alive = { Name: "alive", Type: "tcp", Interval: seconds(10), Timeout: seconds(2) };
  const ready = { ...alive, Name: "ready", Type: "http", Path: "/readiness" };
  return {
    Name: names.task,
    Driver: "docker",
    Config: {
      image: `${context.imagePrefix}-\${attr.cpu.arch}`,
      args: [memberPaths.config],
      network_mode: "host",
    },
    Env: { CONSUL_AGENT: cluster.consulAgentAddress },
    Resources: resources,
    Identities: identities(context.platform),
    Vault: { Role: names.vaultRole, Env: false },
    Templates: [
      {
        DestPath: memberPaths.config.slice(1),
        EmbeddedTmpl: plainPatroniYml(cluster, context.platform.consul.keyPrefix),
        Perms: "0600",
        Uid: postgresUser.uid,
        Gid: postgresUser.gid,
      },
    ],
    VolumeMounts: [{ Volume: "data", Destination: memberPaths.volumeMount }],
    Services: [
      { Name: names.apiService, PortLabel: patroniApi, Checks: [ready] },
      { Name: names.postgresService, PortLabel: postgres, Checks: [alive] },
    ],
  };
}

function plainPatroniYml(cluster: Cluster, namespace: string): string {
  const { mount, path, fields } = cluster.credentials;
  const address = (label: string) => `'{{ env "NOMAD_ADDR_${label}" }}'`;
  const role = (name: string, user: string, password: string) =>
    `    ${name}: { username: '{{ .Data.data.${user} }}', password: '{{ .Data.data.${password} }}' }`;
  return `{{ with secret "${mount}/data/${path}" }}
scope: ${cluster.name}
namespace: ${namespace}
name: 'member-{{ env "NOMAD_SHORT_ALLOC_ID" }}'
restapi: { listen: ${address("patroni_api")}, connect_address: ${address("patroni_api")} }
consul: { host: '{{ env "CONSUL_AGENT" }}', auth_method: ${taskAuthMethod}, jwt_file: ${memberPaths.consulIdentity}, session_node: ${clusterNames(cluster).consulNode} }
bootstrap:
  dcs:
    ttl: 30
    loop_wait: 10
    retry_timeout: 10
    maximum_lag_on_failover: 1048576
    postgresql:
      # Off by default; but without it a leader that was killed may never come back, and there is nothing to compare.
      use_pg_rewind: true
      parameters: { max_connections: 100 }
  initdb: [{ encoding: UTF8 }, { locale: C.UTF-8 }, data-checksums]
postgresql:
  listen: ${address("postgres")}
  connect_address: ${address("postgres")}
  data_dir: ${memberPaths.volumeMount}/plain
  bin_dir: /usr/lib/postgresql/${cluster.postgresVersion}/bin
  pgpass: ${memberPaths.passwordFile}
  pg_hba:
    - local all all trust
    - local replication all trust
    - host replication all 127.0.0.0/8 scram-sha-256
    - host all all 127.0.0.0/8 scram-sha-256
  authentication:
${role("superuser", fields.superuserUsername, fields.superuserPassword)}
${role("replication", fields.replicationUsername, fields.replicationPassword)}
${role("rewind", fields.rewindUsername, fields.rewindPassword)}
  parameters: { unix_socket_directories: ${memberPaths.socketDirectory} }
{{ end }}
`;
}
