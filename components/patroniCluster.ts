import * as nomad from "@pulumi/nomad";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster, Platform } from "../config/model";
import { dynamicConfig } from "../patroni/dynamicConfig";
import { jobspec, jobspecJson } from "../patroni/jobspec";
import { clusterNames, dcsPath } from "../patroni/names";
import type { JobspecInput } from "../patroni/patroniTask";
import { isPaused } from "../patroni/pause";
import { CredentialRotation } from "../providers/credentialRotation";
import { JobRegistration } from "../providers/jobRegistration";
import { PatroniConfig } from "../providers/patroniConfig";
import { PatroniDatabases } from "../providers/patroniDatabases";
import { PatroniCredentials } from "../providers/patroniCredentials";
import { PatroniLeader } from "../providers/patroniLeader";
import { PatroniStorage } from "../providers/patroniStorage";
import { storageInputsOf, whenRemovedOf } from "../providers/storage/clusterStorage";
import type { PatroniImage } from "./patroniImage";
import { DatabaseAccess } from "./databaseAccess";
import { TenantAccess } from "./tenantAccess";

/** What `PatroniCluster` is made from. */
export interface PatroniClusterArgs {
  readonly cluster: Cluster;
  readonly platform: Platform;
  readonly image: PatroniImage;
}

/**
 * One PostgreSQL cluster: its credentials and the right to read them, its storage, its dynamic configuration,
 * the Nomad job, the wait until Patroni reports a leader and every member streams from it, and what is declared to be in
 * it.
 */
export class PatroniCluster extends pulumi.ComponentResource {
  /** The member that holds the leader lock, and where its PostgreSQL listens. */
  readonly leader: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  /** Every member, leader first. */
  readonly members: PatroniLeader["members"];
  /** Names of the declared databases, once they are there. */
  readonly databases: pulumi.Output<readonly string[]>;

  constructor(name: string, args: PatroniClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("patroni:index:PatroniCluster", name, {}, opts);
    const { cluster, platform, image } = args;
    const child = { parent: this };
    const access = new TenantAccess(name, { cluster, platform }, child);
    const credentials = generatedCredentials(name, args, child);
    // Deleted before them: data must never outlive the passwords that open it, and members give their lock back to
    // Consul while they stop, for which storage waits.
    const storage = new PatroniStorage(`${name}-storage`, storageInputsOf(cluster, platform), {
      ...child,
      dependsOn: [...credentials, access],
    });
    const config = new PatroniConfig(
      `${name}-config`,
      {
        cluster: cluster.name,
        consulAddress: platform.consul.address,
        ...nomadOf(platform),
        dcsPath: dcsPath(platform.consul.keyPrefix, cluster),
        config: JSON.stringify(dynamicConfig(cluster)),
        drift: cluster.patroni.drift,
        ...superuserSecret(args),
        timeoutSeconds: cluster.timeouts.leaderSeconds,
      },
      { ...child, dependsOn: storage },
    );
    const registration = new JobRegistration(`${name}-registration`, registrationArgs(args), {
      ...child,
      dependsOn: [storage, config, image],
    });
    const job = new nomad.Job(
      `${name}-job`,
      {
        jobspec: jobspecJson(jobspecInput(args)),
        json: true,
        detach: true,
        // A purged job's containers still stop when Nomad has forgotten them: another could take their volumes.
        purgeOnDestroy: false,
        rerunIfDead: true,
        // It registers its job when an input differs, and only then knows its index again. This one means nothing here,
        // since the job of a cluster never gets another ID.
        deregisterOnIdChange: registration.registration.apply(isEven),
      },
      { ...child, dependsOn: [storage, config, image, registration] },
    );
    const leader = new PatroniLeader(`${name}-leader`, leaderArgs(args, job, config), child);
    const rotation = rotateGenerated(name, args, { ...child, dependsOn: [...credentials, leader] });
    // With the passwords that are in force by then.
    const declared = declaredDatabases(name, args, { ...child, dependsOn: [...rotation, leader] });
    const { access: roles, postgresPort } = cluster;
    if (roles.length > 0 && postgresPort !== undefined)
      new DatabaseAccess(
        name,
        { cluster, platform, postgresPort },
        // After those: whoever changes the superuser's password locks out who logs in meanwhile, and roles are for databases.
        { ...child, dependsOn: [leader, ...rotation, ...(declared === undefined ? [] : [declared])] },
      );
    this.leader = leader.leader;
    this.endpoint = leader.endpoint;
    this.members = leader.members;
    this.databases = declared?.databases.apply((databases) => Object.keys(databases)) ?? pulumi.output([]);
    const { leader: leads, endpoint, members, databases } = this;
    this.registerOutputs({ leader: leads, endpoint, members, databases });
  }
}

/** The credentials that this program makes; none where the operator named a secret that exists. */
function generatedCredentials(
  name: string,
  { cluster, platform }: PatroniClusterArgs,
  opts: pulumi.CustomResourceOptions,
): readonly PatroniCredentials[] {
  const { kind, mount, path, fields } = cluster.credentials;
  switch (kind) {
    case "existing":
      return [];
    case "generated":
      return [
        new PatroniCredentials(
          `${name}-credentials`,
          {
            cluster: cluster.name,
            vaultAddress: platform.vault.address,
            mount,
            path,
            fields,
            whenRemoved: whenRemovedOf(cluster.storage),
            timeoutSeconds: 60,
          },
          opts,
        ),
      ];
  }
}

/** The change of passwords that this program makes: when the cluster is as it is to be. */
function rotateGenerated(
  name: string,
  { cluster, platform }: PatroniClusterArgs,
  opts: pulumi.CustomResourceOptions,
): readonly CredentialRotation[] {
  const { kind, mount, path, fields, generation, maxAgeDays } = cluster.credentials;
  if (kind === "existing") return [];
  const rotation = new CredentialRotation(
    `${name}-rotation`,
    {
      cluster: cluster.name,
      vaultAddress: platform.vault.address,
      mount,
      path,
      fields,
      consulAddress: platform.consul.address,
      dcsPath: dcsPath(platform.consul.keyPrefix, cluster),
      ...nomadOf(platform),
      jobId: clusterNames(cluster).job,
      generation,
      maxAgeDays: maxAgeDays ?? 0,
      timeoutSeconds: 60,
    },
    opts,
  );
  return [rotation];
}

/** The databases and roles that the config declares, and drops that it allows; undefined where there are none. */
function declaredDatabases(
  name: string,
  { cluster, platform }: PatroniClusterArgs,
  opts: pulumi.CustomResourceOptions,
): PatroniDatabases | undefined {
  const { databases, roles, drops, credentials, patroni, timeouts } = cluster;
  const { mount, path, fields } = credentials;
  if ([databases, roles, drops].every((part) => Object.keys(part).length === 0)) return undefined;
  return new PatroniDatabases(
    `${name}-databases`,
    {
      cluster: cluster.name,
      consulAddress: platform.consul.address,
      dcsPath: dcsPath(platform.consul.keyPrefix, cluster),
      vaultAddress: platform.vault.address,
      mount,
      path,
      fields,
      databases,
      roles,
      drops,
      drift: patroni.drift,
      timeoutSeconds: timeouts.leaderSeconds,
    },
    opts,
  );
}

/** Where the superuser's login is that looks for what `ALTER SYSTEM` has set. */
function superuserSecret({ cluster: { credentials }, platform }: PatroniClusterArgs) {
  const { mount, path, fields } = credentials;
  return {
    vaultAddress: platform.vault.address,
    secretMount: mount,
    secretPath: path,
    superuserUsernameField: fields.superuserUsername,
    superuserPasswordField: fields.superuserPassword,
  };
}

function nomadOf({ nomad: { address, namespace, region } }: Platform) {
  return { nomadAddress: address, nomadNamespace: namespace, nomadRegion: region };
}

/** The first registration, and what a resource has of which that isn't known (in unit tests), count as none. */
function isEven(registration: number | undefined): boolean {
  return (registration ?? 0) % 2 === 0;
}

function jobspecInput({ cluster, platform, image }: PatroniClusterArgs): JobspecInput {
  return { cluster, platform, imagePrefix: image.referencePrefix };
}

/** The job without the line breaks that make a diff readable, which nobody sees here: the state holds it twice. */
function registrationArgs(args: PatroniClusterArgs) {
  const { cluster, platform } = args;
  return {
    cluster: cluster.name,
    ...nomadOf(platform),
    jobId: clusterNames(cluster).job,
    jobspec: JSON.stringify(jobspec(jobspecInput(args))),
    drift: cluster.patroni.drift,
    paused: isPaused(dynamicConfig(cluster)),
  };
}

function leaderArgs({ cluster, platform }: PatroniClusterArgs, job: nomad.Job, config: PatroniConfig) {
  return {
    cluster: cluster.name,
    scope: cluster.name,
    keyPrefix: platform.consul.keyPrefix,
    members: cluster.members,
    standby: cluster.patroni.standbyCluster !== undefined,
    consulAddress: platform.consul.address,
    ...nomadOf(platform),
    jobId: clusterNames(cluster).job,
    jobVersion: job.version,
    jobModifyIndex: job.modifyIndex,
    configModifyIndex: config.modifyIndex,
    maxLagBytes: cluster.patroni.maxLagBytes,
    timeoutSeconds: cluster.timeouts.leaderSeconds,
    vaultSecretPath: `${cluster.credentials.mount}/${cluster.credentials.path}`,
  };
}
