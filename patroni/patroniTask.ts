import type { Cluster, Platform } from "../config/model";
import { clusterNames, portLabels } from "./names";
import { seconds, type NomadService, type NomadTask } from "./nomadJob";
import { consulIdentity, memberPaths, patroniYml } from "./patroniYml";

/** What a jobspec is made from. */
export interface JobspecInput {
  readonly cluster: Cluster;
  readonly platform: Platform;
  /** The image's reference without its last part, the architecture, which each node fills in. */
  readonly imagePrefix: string;
}

/** Name of the group's volume, which its task mounts. */
export const dataVolume = "data";

/** The image's postgres user and group, fixed so that they own the data whatever the base image. */
export const postgresUser = { uid: 999, gid: 999 } as const;

/** The task that runs Patroni, and under it PostgreSQL. */
export function patroniTask(input: JobspecInput, services: readonly NomadService[]): NomadTask {
  const { cluster, platform } = input;
  return {
    Name: clusterNames(cluster).task,
    Driver: cluster.driver,
    Config: driverConfig(input),
    Env: { CONSUL_AGENT: cluster.consulAgentAddress },
    Resources: { CPU: cluster.resources.cpuMhz, MemoryMB: cluster.resources.memoryMb },
    Identities: identities(platform),
    Vault: { Role: clusterNames(cluster).vaultRole, Env: false, DisableFile: true, ChangeMode: "noop" },
    Templates: [
      {
        DestPath: memberPaths.config.slice(1),
        EmbeddedTmpl: patroniYml(cluster, platform),
        Perms: "0600",
        Uid: postgresUser.uid,
        Gid: postgresUser.gid,
        ChangeMode: "signal",
        ChangeSignal: "SIGHUP",
        Splay: 0,
        // Nomad waits 5 s by itself for more changes; meanwhile a member would log in with what no longer works.
        Wait: { Min: seconds(0.1), Max: seconds(1) },
      },
    ],
    ...(cluster.storage.type === "volume" && {
      VolumeMounts: [{ Volume: dataVolume, Destination: memberPaths.volumeMount }],
    }),
    Services: services,
    // No KillSignal: the image's own is SIGTERM. Given one, Nomad's Docker driver fails to end a task whose container
    // is dead already, as after a power loss, and tries for 6 minutes (drivers/docker/handle.go `Kill`, 1.11.3).
    KillTimeout: seconds(cluster.timeouts.killSeconds),
    LogConfig: { MaxFiles: 5, MaxFileSizeMB: 10 },
  };
}

/**
 * Who a member is: to Vault, where Nomad logs in for it by an identity of this name, and to Consul, where it logs in
 * itself. Nomad would do that too, but only once: a token that was revoked or has expired stays so, and it would be in
 * the container's environment for all who may inspect it (`consul_hook.go` in Nomad's allocrunner, 1.11.3).
 *
 * Source: https://developer.hashicorp.com/nomad/docs/job-specification/identity
 */
export function identities({ vault, consul }: Platform): NomadTask["Identities"] {
  const TTL = seconds(3600);
  const inVault = { Name: "vault_default", Audience: [vault.audience], TTL };
  if (consul.acl === undefined) return [inVault];
  return [inVault, { Name: consulIdentity, Audience: [consul.acl.audience], TTL, File: true }];
}

/**
 * The driver's own settings. Docker and Podman take the same ones here but for the size of /dev/shm, where
 * PostgreSQL keeps what parallel workers share: half the memory, in place of the drivers' 64 MB.
 */
function driverConfig({ cluster, imagePrefix }: JobspecInput): NomadTask["Config"] {
  const sharedMemoryMb = Math.floor(cluster.resources.memoryMb / 2);
  const common = {
    image: `${imagePrefix}-\${attr.cpu.arch}`,
    args: [memberPaths.config],
    ...network(cluster),
    cap_drop: ["all"],
  };
  switch (cluster.driver) {
    case "docker":
      return {
        ...common,
        shm_size: sharedMemoryMb * 1024 * 1024,
        security_opt: ["no-new-privileges"],
        // Consul checks the member; a second check in every container would only cost CPU time.
        healthchecks: [{ disable: true }],
      };
    case "podman":
      return { ...common, shm_size: `${sharedMemoryMb}m`, security_opt: ["no-new-privileges"] };
  }
}

function network(cluster: Cluster): { readonly network_mode: string; readonly ports?: readonly string[] } {
  switch (cluster.networkMode) {
    case "host":
      return { network_mode: "host" };
    case "bridge":
      return { network_mode: "bridge", ports: [portLabels.postgres, portLabels.patroniApi] };
  }
}
