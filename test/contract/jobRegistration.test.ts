import assert from "node:assert/strict";
import { JobRegistration, type JobRegistrationArgs } from "../../providers/jobRegistration";
import { DynamicProvider, registeredInputs } from "../support/dynamicProviderProcess";
import { field, jobDiff, object, planAnswer } from "../support/jobDiffs";
import type { Wire } from "../support/pluginClient";
import { failureOf } from "../support/providerCall";
import { ScriptedServer, type Said } from "../support/scriptedServer";

const jobId = "postgres-acme";
const plan = `POST /v1/job/${jobId}/plan`;
const register = "POST /v1/jobs";

const same = { Type: "None", ID: jobId, Fields: null, Objects: null, TaskGroups: null };
const scaled = jobDiff({ group: { fields: [field("Count", "2", "3")] } });
const noted = jobDiff({ job: { fields: [field("Meta[owner]", "dba", "")] } });

/** What others do to a job, against a scripted Nomad. */
describe("JobRegistration, with a double of Nomad", () => {
  let provider: DynamicProvider;
  let nomad: ScriptedServer;
  let firstLine = 0;

  before(async () => {
    provider = await DynamicProvider.start({ NOMAD_TOKEN: "right" });
    nomad = await ScriptedServer.start();
  });

  beforeEach(() => {
    firstLine = provider.lines.length;
  });

  after(() => {
    provider.kill();
    nomad.stop();
  });

  async function raw(changes: Partial<JobRegistrationArgs> = {}): Promise<Wire> {
    const args: JobRegistrationArgs = {
      cluster: "acme",
      nomadAddress: nomad.address,
      nomadNamespace: "default",
      nomadRegion: "global",
      jobId,
      jobspec: JSON.stringify({ ID: jobId, Priority: 70 }),
      drift: "correct",
      paused: false,
      ...changes,
    };
    return registeredInputs(() => new JobRegistration("acme-registration", args));
  }

  /** What Pulumi keeps of the resource: its inputs and its outputs. */
  interface Kept {
    readonly inputs: Wire;
    readonly outputs: Wire;
  }

  async function created(changes: Partial<JobRegistrationArgs> = {}): Promise<Kept> {
    nomad.play({ [plan]: () => ({ body: planAnswer(0, same) }) });
    const { inputs } = await provider.check({}, await raw(changes));
    return { inputs, outputs: (await provider.create(inputs)).outputs };
  }

  /** `pulumi refresh`, with what Nomad then says of a plan. */
  async function refreshed({ outputs }: Kept, said: Said): Promise<Kept> {
    nomad.play({ [plan]: () => said });
    const read = await provider.read(jobId, outputs);
    return { inputs: read.inputs, outputs: read.outputs };
  }

  async function previewed(kept: Kept, changes: Partial<JobRegistrationArgs> = {}) {
    const from = provider.lines.length;
    const { inputs } = await provider.check(kept.inputs, await raw(changes));
    const { changed } = await provider.diff(jobId, kept.outputs, inputs);
    return { inputs, changed, said: provider.lines.slice(from) };
  }

  function lines(): readonly string[] {
    return provider.lines.slice(firstLine);
  }

  function asked(): readonly string[] {
    return nomad.heard.map(({ method, path }) => `${method} ${path}`);
  }

  it("compares nothing that isn't there yet, and asks without registering", async () => {
    const { outputs } = await created();
    assert.deepEqual([outputs["registration"], outputs["modifyIndex"]], [0, 0]);
    assert.deepEqual(asked(), [plan]);
    const { body, query, headers } = nomad.heard[0] ?? assert.fail("nobody asked");
    assert.deepEqual(body, { Job: { ID: jobId, Priority: 70 }, Diff: true });
    assert.deepEqual(Object.fromEntries(query), { namespace: "default", region: "global" });
    assert.equal(headers["x-nomad-token"], "right");
  });

  it("shows nothing at a refresh where nobody changed the job, not even another index", async () => {
    const kept = await created();
    const now = await refreshed(kept, { body: planAnswer(30, same, { Ignore: 3 }) });
    assert.deepEqual(now.outputs, kept.outputs);
    const { changed, said } = await previewed(now);
    assert.deepEqual([changed, said], [false, []]);
  });

  it("shows what others did, and takes it back under Nomad's index", async () => {
    const seen = await refreshed(await created(), { body: planAnswer(41, scaled, { Place: 1, Ignore: 2 }) });
    assert.deepEqual(seen.inputs["changes"], { changed: ["group members: count 3 → 2"], added: [] });
    const { inputs, changed, said } = await previewed(seen);
    assert.deepEqual(
      [changed, inputs["registration"], inputs["changes"]],
      [true, 1, { changed: [], added: [] }],
    );
    assert.deepEqual(said, [
      "acme: Nomad job by other hands: group members: count 3 → 2: taken back; 1 member more, brought up to date from the leader",
    ]);
    nomad.play({
      [plan]: () => ({ body: planAnswer(41, scaled) }),
      [register]: () => ({ body: { JobModifyIndex: 52 } }),
    });
    const outputs = await provider.update(jobId, seen.outputs, inputs);
    assert.deepEqual([outputs["registration"], outputs["modifyIndex"]], [1, 52]);
    assert.deepEqual(nomad.heard.at(-1)?.body, {
      Job: { ID: jobId, Priority: 70 },
      EnforceIndex: true,
      JobModifyIndex: 41,
    });
    assert.match(lines().join("\n"), /\[acme\] Nomad job: taken back: group members: count 3 → 2/);
    const settled = await refreshed({ inputs, outputs }, { body: planAnswer(52, same) });
    assert.equal((await previewed(settled)).changed, false);
  });

  it("doesn't write over what somebody did since the last look", async () => {
    const seen = await refreshed(await created(), { body: planAnswer(41, scaled) });
    const { inputs } = await previewed(seen);
    nomad.play({ [plan]: () => ({ body: planAnswer(44, noted) }) });
    const { message } = await failureOf(provider.update(jobId, seen.outputs, inputs));
    assert.match(
      message,
      /cluster acme: somebody else has changed the Nomad job since pulumi last looked: job: meta\[owner\] "dba" added/,
    );
    assert.match(message, /nothing was registered\n +see who does it \(nomad job history -p postgres-acme\)/);
    assert.deepEqual(asked(), [plan]);
    const conflict = "Enforcing job modify index 41: job exists with conflicting job modify index: 45";
    nomad.play({
      [plan]: () => ({ body: planAnswer(41, scaled) }),
      [register]: () => ({ status: 500, body: conflict }),
    });
    const forestalled = await failureOf(provider.update(jobId, seen.outputs, inputs));
    assert.match(forestalled.message, /somebody else has changed the Nomad job since pulumi last looked/);
  });

  it("registers nothing where it is right again already, and says what Nomad refuses", async () => {
    const seen = await refreshed(await created(), { body: planAnswer(41, scaled) });
    const { inputs } = await previewed(seen);
    nomad.play({ [plan]: () => ({ body: planAnswer(47, same) }) });
    assert.equal((await provider.update(jobId, seen.outputs, inputs))["modifyIndex"], 47);
    nomad.play({
      [plan]: () => ({ body: planAnswer(41, scaled) }),
      [register]: () => ({ status: 400, body: "job is not\nto one's liking" }),
    });
    const { message } = await failureOf(provider.update(jobId, seen.outputs, inputs));
    assert.match(message, /Nomad refuses the job: job is not to one's liking/);
  });

  it("leaves the registration to the job's own resource where its jobspec changes as well", async () => {
    const seen = await refreshed(await created(), { body: planAnswer(41, scaled) });
    const more = { jobspec: JSON.stringify({ ID: jobId, Priority: 80 }) };
    const { inputs, said } = await previewed(seen, more);
    assert.match(said.join(), /taken back together with the job's own change$/);
    nomad.play({ [plan]: () => ({ body: planAnswer(41, scaled) }) });
    const outputs = await provider.update(jobId, seen.outputs, inputs);
    assert.deepEqual(asked(), [plan]);
    // The job's resource was cut off before it had registered anything: that is nobody else's doing.
    const cutOff = await refreshed({ inputs, outputs }, { body: planAnswer(41, scaled) });
    assert.deepEqual(cutOff.outputs, outputs);
  });

  it("keeps what was only added where drift is adopted, and takes it back with correct again", async () => {
    const adopt = { drift: "adopt" } as const;
    const seen = await refreshed(await created(adopt), { body: planAnswer(41, noted) });
    const { inputs, changed, said } = await previewed(seen, adopt);
    assert.deepEqual([changed, inputs["registration"]], [true, 0]);
    assert.deepEqual(said, [
      'acme: Nomad job by other hands: job: meta[owner] "dba" added: kept until the job changes: the config doesn\'t set it',
    ]);
    nomad.play({ [plan]: () => ({ body: planAnswer(41, noted) }) });
    const outputs = await provider.update(jobId, seen.outputs, inputs);
    assert.deepEqual(outputs["adopted"], ['job: meta[owner] "dba" added']);
    assert.deepEqual(asked(), [plan]);
    const kept = await refreshed({ inputs, outputs }, { body: planAnswer(41, noted) });
    const again = await previewed(kept, adopt);
    assert.deepEqual([again.changed, again.said], [false, []]);
    const corrected = await previewed(kept);
    assert.deepEqual([corrected.changed, corrected.inputs["registration"]], [true, 1]);
    assert.match(corrected.said.join(), /meta\[owner\] "dba" added: taken back/);
  });

  it("refuses to replace or stop a member while the cluster is paused", async () => {
    const kept = await created();
    const more = { paused: true, jobspec: JSON.stringify({ ID: jobId, Priority: 80 }) };
    const { inputs } = await previewed(kept, more);
    const resources = jobDiff({
      task: { objects: [object("Edited", "Resources", [field("MemoryMB", "1", "2")])] },
    });
    nomad.play({
      [plan]: () => ({ body: planAnswer(41, resources, { DestructiveUpdate: 1, Ignore: 2, Stop: 1 }) }),
    });
    const { message } = await failureOf(provider.update(jobId, kept.outputs, inputs));
    assert.match(
      message,
      /the job's change would replace members and stop 1 member, and patroni\.pause is true/,
    );
    assert.match(message, /no job was registered/);
    // Nobody is replaced for a change in place.
    nomad.play({ [plan]: () => ({ body: planAnswer(41, resources, { InPlaceUpdate: 3 }) }) });
    await provider.update(jobId, kept.outputs, inputs);
  });

  it("says at a refresh that it couldn't look, and keeps what was known", async () => {
    const seen = await refreshed(await created(), { body: planAnswer(41, scaled) });
    const denied = await refreshed(seen, { status: 403, body: "Permission denied" });
    assert.deepEqual(denied.outputs, seen.outputs);
    assert.match(
      lines().join("\n"),
      /\[acme\] Nomad job couldn't be compared with the program's: .*A token with submit-job is needed/,
    );
  });

  it("names every input that can't be used", async () => {
    const wrong = { nomadAddress: "nowhere", jobspec: "no job", drift: "ignore" as never };
    const { failures } = await provider.check({}, await raw(wrong));
    assert.deepEqual(failures.map(({ property }) => property).sort(), ["drift", "jobspec", "nomadAddress"]);
  });
});
