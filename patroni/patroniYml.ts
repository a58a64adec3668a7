import type { Cluster, CredentialFields, CredentialSource, Platform } from "../config/model";
import { clusterNames, portLabels } from "./names";
import { expression, templateYaml, type TemplateExpression } from "./nomadTemplate";
import { versionVariable } from "./rotation";

/** Name of the identity by which a member logs in to Consul. */
export const consulIdentity = "consul_member";

/** Where the job puts Patroni's files, as the container sees them. */
export const memberPaths = {
  config: "/secrets/patroni.yml",
  /** The identity for Consul, as Nomad names its file. */
  consulIdentity: `/secrets/nomad_${consulIdentity}.jwt`,
  /**
   * Written by Patroni, mode 0600. In memory, and not in /secrets: after a restart of the node Nomad leaves that folder
   * to root, and a member could never write there again.
   */
  passwordFile: "/dev/shm/pgpass",
  volumeMount: "/data",
  ephemeralData: "/alloc/data",
  socketDirectory: "/var/run/postgresql",
} as const;

/**
 * A member's patroni.yml, as a Nomad template: the credentials come from Vault, the addresses and the name
 * from the node. It holds what a member must know before it can reach Consul, and nothing that may change
 * while the cluster runs; that is `dynamicConfig`.
 *
 * Sources: https://patroni.readthedocs.io/en/latest/yaml_configuration.html,
 * https://developer.hashicorp.com/nomad/docs/job-specification/template
 */
export function patroniYml(cluster: Cluster, platform: Platform): string {
  const body = templateYaml({
    scope: cluster.name,
    namespace: platform.consul.keyPrefix,
    name: memberName(cluster),
    restapi: endpoint(cluster, portLabels.patroniApi),
    consul: {
      host: expression(`{{ env "CONSUL_AGENT" | toJSON }}`),
      register_service: false,
      // Read by `image/consul_identity.py` and `consul_sessions.py`, by which Patroni makes its Consul client.
      ...(platform.consul.acl !== undefined && {
        auth_method: platform.consul.acl.taskAuthMethod,
        jwt_file: memberPaths.consulIdentity,
        session_node: clusterNames(cluster).consulNode,
        agent_node: expression(`{{ env "attr.unique.consul.name" | toJSON }}`),
      }),
      // The lock of a node that is lost goes as soon as Consul calls its agent failed.
      ...(platform.consul.nodeFailureSeconds !== undefined && { checks: ["serfHealth"] }),
    },
    bootstrap: {
      // Patroni takes its dynamic configuration from Consul, where it stands before the job starts.
      dcs: {},
      initdb: [{ encoding: "UTF8" }, { locale: "C.UTF-8" }, "data-checksums", { auth: "scram-sha-256" }],
    },
    postgresql: {
      ...endpoint(cluster, portLabels.postgres),
      data_dir: dataDirectory(cluster),
      bin_dir: `/usr/lib/postgresql/${cluster.postgresVersion}/bin`,
      pgpass: memberPaths.passwordFile,
      use_unix_socket: true,
      use_unix_socket_repl: true,
      // A new replica doesn't wait for the leader's next spread-out checkpoint.
      basebackup: [{ checkpoint: "fast" }],
      // A replica whose history diverged comes back by itself: rewound, or else copied anew. Off by default.
      use_pg_rewind: true,
      remove_data_directory_on_rewind_failure: true,
      remove_data_directory_on_diverged_timelines: true,
      authentication: authentication(cluster.credentials.fields),
      parameters: { unix_socket_directories: memberPaths.socketDirectory },
    },
  });
  return `${openSecret(cluster)}\n${body}{{- end }}\n`;
}

/**
 * Opens the secret, and stops the task with a sentence where a field is absent: an empty password would
 * otherwise go unnoticed until a replica can't log in.
 */
function openSecret(cluster: Cluster): string {
  const { mount, path, fields } = cluster.credentials;
  const names = Object.values(fields).join(",");
  const problem = `"the Vault secret ${mount}/${path} has no field %s"`;
  return [
    ...findVersion(cluster),
    `{{- with secret ${secretQuery(cluster.credentials)} }}`,
    `{{- $secret := .Data.data }}`,
    `{{- range $name := "${names}" | split "," }}`,
    `{{- if not (index $secret $name) }}{{ $name | printf ${problem} | sprig_fail }}{{ end }}`,
    `{{- end }}`,
  ].join("\n");
}

/** The version that members are to render; 0 is Vault's word for the latest. */
function findVersion({ name, credentials }: Cluster): readonly string[] {
  if (credentials.kind === "existing") return [];
  const { path, item } = versionVariable(clusterNames({ name }).job, credentials);
  return [
    `{{- $version := "0" }}`,
    `{{- if nomadVarExists "${path}" }}{{ with nomadVar "${path}" }}{{ with .${item}.Value }}{{ $version = . }}{{ end }}{{ end }}{{ end }}`,
  ];
}

/** What is read from Vault; an operator's own secret always as it is. */
function secretQuery({ kind, mount, path }: CredentialSource): string {
  const query = `${mount}/data/${path}`;
  return kind === "existing" ? `"${query}"` : `(printf "${query}?version=%s" $version)`;
}

/** PostgreSQL's data directory in a member's container. */
function dataDirectory(cluster: Pick<Cluster, "storage" | "postgresVersion">): string {
  const parent = cluster.storage.type === "volume" ? memberPaths.volumeMount : memberPaths.ephemeralData;
  return `${parent}/postgres-${cluster.postgresVersion}`;
}

/**
 * A member is named after what holds its data: the node of its volume, or the allocation whose own directory
 * it is. Identity follows the data, so that a replacement on the same data is the same member, and two
 * allocations that run at once never share a name and with it the leader lock.
 */
function memberName(cluster: Cluster): TemplateExpression {
  switch (cluster.storage.type) {
    case "volume":
      return expression(`{{ env "node.unique.name" | toJSON }}`);
    case "ephemeral":
      return expression(`{{ env "NOMAD_SHORT_ALLOC_ID" | printf "member-%s" | toJSON }}`);
  }
}

/** Where a member listens, and the address that the others reach it at. */
function endpoint(
  cluster: Cluster,
  label: string,
): { listen: TemplateExpression; connect_address: TemplateExpression } {
  const listenHost = cluster.networkMode === "bridge" ? "0.0.0.0" : `{{ env "NOMAD_IP_${label}" }}`;
  return {
    listen: expression(`"${listenHost}:{{ env "NOMAD_PORT_${label}" }}"`),
    connect_address: expression(`"{{ env "NOMAD_HOST_IP_${label}" }}:{{ env "NOMAD_HOST_PORT_${label}" }}"`),
  };
}

function authentication(fields: CredentialFields) {
  const field = (name: string) => expression(`{{ index $secret ${JSON.stringify(name)} | toJSON }}`);
  return {
    superuser: { username: field(fields.superuserUsername), password: field(fields.superuserPassword) },
    replication: { username: field(fields.replicationUsername), password: field(fields.replicationPassword) },
    rewind: { username: field(fields.rewindUsername), password: field(fields.rewindPassword) },
  };
}
