import { strict as assert } from "node:assert";
import { z } from "zod";
import { serviceAuthMethod } from "../../lab/platform/consulAcl";
import { grantOnConsul } from "../../lab/platform/consulGrant";
import { nomadAddress, registryHost } from "../../lab/platform/endpoints";
import { engineSocket, ensureEmptyImage, type Engine } from "../../lab/platform/engine";
import { ask } from "../../lab/platform/http";
import { askNomad } from "../../lab/platform/nomadAcl";
import { askOpenBao } from "../../lab/platform/openbao";
import { labTokens } from "../../lab/platform/tokens";
import { holds, notYet, waitUntil } from "../../lab/platform/waiting";
import type { LabSettings } from "../../lab/settings";

const allocationsSchema = z.array(
  z.object({ ID: z.string(), NodeName: z.string(), ClientStatus: z.string(), TaskStates: z.unknown() }),
);

/** An allocation as Nomad lists it. */
export type Allocation = z.infer<typeof allocationsSchema>[number];

/** What the raw job is called, in Nomad and in Consul, and its policy, role and secret in OpenBao. */
export const rawName = "lab-check";

/** The image of the raw job: empty, because the job brings the machine's own programs along. */
function rawImage(settings: LabSettings): string {
  return `${registryHost(settings)}/lab/empty:1`;
}

/** Makes an empty image and pushes it to the lab's registry. */
export async function pushEmptyImage(settings: LabSettings, engine: Engine): Promise<void> {
  const [repository, tag] = rawImage(settings).split(/:(?=[^:/]*$)/);
  assert(repository !== undefined && tag !== undefined);
  await ensureEmptyImage(engine, repository, tag);
  const pushed = await ask(`http://docker/images/${repository}/push?tag=${tag}`, {
    method: "POST",
    socketPath: engineSocket(engine),
    headers: { "x-registry-auth": Buffer.from("{}").toString("base64") },
    timeoutSeconds: 30,
  });
  assert.equal(pushed.status, 200, pushed.text);
  assert.doesNotMatch(pushed.text, /"error"/);
}

/** Writes a secret, and lets the raw job read it by its workload identity. */
export async function grantSecret(settings: LabSettings, password: string): Promise<void> {
  const write = async (path: string, body: unknown): Promise<void> => {
    await askOpenBao(settings, path, { method: "POST", body });
  };
  await write(`secret/data/${rawName}`, { data: { password } });
  await write(`sys/policies/acl/${rawName}`, {
    policy: `path "secret/data/${rawName}" { capabilities = ["read"] }`,
  });
  await write(`auth/jwt-nomad/role/${rawName}`, {
    role_type: "jwt",
    bound_audiences: ["vault.io"],
    bound_claims: { nomad_job_id: rawName },
    user_claim: "/nomad_job_id",
    user_claim_json_pointer: true,
    claim_mappings: { nomad_job_id: "nomad_job_id" },
    token_type: "service",
    token_policies: [rawName],
    token_period: "30m",
  });
}

/** Lets Nomad register the raw job's service in Consul. */
export async function grantService(settings: LabSettings): Promise<void> {
  await grantOnConsul(settings, {
    name: rawName,
    rules: `service "${rawName}" { policy = "write" }`,
    authMethod: serviceAuthMethod,
    selector: `value.nomad_job_id == "${rawName}" and "nomad_service" in value`,
  });
}

/** Creates a dynamic host volume for the raw job and waits until Nomad calls it ready. */
export async function createVolume(settings: LabSettings): Promise<void> {
  const answer = await askNomad(settings, "/v1/volume/host/create", {
    method: "PUT",
    body: {
      Volume: {
        Name: rawName,
        PluginID: "mkdir",
        Constraints: [{ LTarget: "${meta.storage}", RTarget: "ssd", Operand: "=" }],
        RequestedCapabilities: [{ AccessMode: "single-node-single-writer", AttachmentMode: "file-system" }],
        Parameters: { mode: "0700", uid: "999", gid: "999" },
      },
    },
    timeoutSeconds: 30,
  });
  const { Volume } = z.object({ Volume: z.object({ ID: z.string() }) }).parse(answer);
  const seen = z.object({ State: z.string() });
  await waitUntil(
    async () => {
      const { State } = seen.parse(await askNomad(settings, `/v1/volume/host/${Volume.ID}`));
      return State === "ready" ? holds : notYet(`the volume is ${State}`);
    },
    { withinSeconds: 30 },
  );
}

/** Registers the raw job: it says what it got on standard output and writes to its volume, and then stays. */
export async function registerRawJob(settings: LabSettings): Promise<void> {
  const machine = ["/bin", "/lib", "/lib64", "/usr"].map((folder) => `${folder}:${folder}:ro`);
  const script =
    'cat /secrets/password; echo; echo "$NOMAD_ADDR_main"; stat -c "%u:%g %a" /data; ' +
    "echo kept >> /data/kept && exec sleep 3600";
  const task = {
    Name: "main",
    Driver: "docker",
    User: "999:999",
    Config: {
      image: rawImage(settings),
      network_mode: "host",
      volumes: machine,
      command: "/bin/sh",
      args: ["-c", script],
    },
    Vault: { Role: rawName },
    Templates: [
      {
        EmbeddedTmpl: `{{ with secret "secret/data/${rawName}" }}{{ .Data.data.password }}{{ end }}`,
        DestPath: "secrets/password",
        Perms: "0644",
      },
    ],
    VolumeMounts: [{ Volume: "data", Destination: "/data" }],
    Resources: { CPU: 50, MemoryMB: 32 },
    Services: [{ Name: rawName, PortLabel: "main" }],
  };
  const group = {
    Name: "main",
    Networks: [{ DynamicPorts: [{ Label: "main" }] }],
    RestartPolicy: { Attempts: 10, Interval: 600_000_000_000, Delay: 1_000_000_000, Mode: "delay" },
    Volumes: {
      data: {
        Name: "data",
        Type: "host",
        Source: rawName,
        Sticky: true,
        AccessMode: "single-node-single-writer",
        AttachmentMode: "file-system",
      },
    },
    Tasks: [task],
  };
  await askNomad(settings, "/v1/jobs", {
    method: "PUT",
    body: { Job: { ID: rawName, Name: rawName, Type: "service", Datacenters: ["dc1"], TaskGroups: [group] } },
  });
}

/** Waits until exactly one allocation of the raw job runs, and returns it. */
export async function rawJobRuns(settings: LabSettings, withinSeconds: number): Promise<Allocation> {
  let running: Allocation | undefined;
  await waitUntil(
    async () => {
      const list = await askNomad(settings, `/v1/job/${rawName}/allocations`);
      const allocations = allocationsSchema.parse(list);
      const found = allocations.filter((one) => one.ClientStatus === "running");
      running = found[0];
      if (found.length === 1 && taskRuns(running)) return holds;
      return notYet(JSON.stringify(allocations));
    },
    { withinSeconds },
  );
  assert(running !== undefined);
  return running;
}

/** What the raw job said once it ran. */
export async function rawJobSays(
  settings: LabSettings,
  allocationId: string,
): Promise<{ readonly secret: string; readonly address: string; readonly volume: string }> {
  const headers = { "x-nomad-token": labTokens(settings).nomadManagement };
  let lines: string[] = [];
  await waitUntil(
    async () => {
      const path = `client/fs/logs/${allocationId}?task=main&type=stdout&plain=true`;
      const { text } = await ask(`${nomadAddress(settings)}/v1/${path}`, { headers });
      lines = text.trim().split("\n");
      return lines.length >= 3 ? holds : notYet(`the task has only said: ${text}`);
    },
    { withinSeconds: 10 },
  );
  const [secret = "", address = "", volume = ""] = lines;
  return { secret, address, volume };
}

function taskRuns(allocation: Allocation | undefined): boolean {
  const states = z.record(z.string(), z.object({ State: z.string() })).safeParse(allocation?.TaskStates);
  return states.success && states.data["main"]?.State === "running";
}
