import assert from "node:assert/strict";
import { elements, fields, number, type Fields } from "../../patroni/observed/json";
import { stopJob } from "../support/breakages";
import { labCluster, nomad, onVolumes, RealCluster } from "../support/realCluster";
import { onlyTenants, smallTenant, tenantPath } from "../support/tenants";
import { TestStack } from "../support/testStack";
import { eventually } from "../support/waiting";
import { whileWriting } from "../support/whileWriting";
import { untilDeployed, untilWhole } from "../support/wholeCluster";

const small = { cpuMhz: 100, memoryMb: 256 };

/** What somebody does to a cluster's job in Nomad, under a client that writes. */
describe("a job that others change in Nomad", function () {
  this.timeout(200_000);
  this.slow(60_000);
  // The same cluster as the stack's, for those who look at it.
  const cluster = new RealCluster(labCluster("drifted", onVolumes("drifted")));
  const job = `/v1/job/${cluster.jobId}`;
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.open("job-drift");
    stack.configure((config) => {
      onlyTenants(config, { drifted: smallTenant("drifted", { members: 2, resources: small }) });
    });
    await stack.up();
  });

  after(async () => {
    await stack.destroy();
  });

  /** Brings it about, has it found and put right, and returns what `pulumi up` said of it. */
  async function putRight(
    happen: () => Promise<void>,
    how: "refresh, then up" | "up --refresh" = "refresh, then up",
  ): Promise<string> {
    await untilWhole(cluster);
    // Nomad scales no job that it is still deploying: members stream a few seconds before it counts them as healthy.
    await untilDeployed(cluster, number((await standingJob())["Version"]) ?? 0);
    const { outcome, ...report } = await whileWriting("drifted", async () => {
      await happen();
      const refresh = how === "up --refresh";
      if (!refresh) await stack.refresh();
      const { output } = await stack.up({ refresh });
      await untilWhole(cluster);
      return output;
    });
    const gap = (report.longestGapMilliseconds / 1000).toFixed(2);
    console.log(`      ${report.acknowledged} writes, longest gap ${gap} s`);
    assert.equal(report.lost, 0);
    return outcome;
  }

  /** What a preview would do after a refresh. */
  async function previewed(): Promise<readonly string[]> {
    await stack.refresh();
    const { changes, output } = await stack.preview();
    assert.doesNotMatch(output, /by other hands/);
    return Object.keys(changes).filter((kind) => kind !== "same");
  }

  async function standingJob(): Promise<Fields> {
    return fields(await nomad("GET", job));
  }

  function group(of: Fields): Fields {
    return fields(elements(of["TaskGroups"])[0]);
  }

  function task(of: Fields): Fields {
    return fields(elements(group(of)["Tasks"])[0]);
  }

  /** Registers the job as somebody edits it in Nomad's UI. */
  async function edit(change: (job: Fields) => Fields): Promise<void> {
    await nomad("POST", "/v1/jobs", { Job: change(await standingJob()) });
    await untilDeployed(cluster, number((await standingJob())["Version"]) ?? 0);
  }

  it("shows nothing where nobody did", async () => {
    assert.deepEqual(await previewed(), []);
  });

  it("is shown and put right when it was scaled", async () => {
    const said = await putRight(async () => {
      await nomad("POST", `${job}/scale`, { Count: 1, Target: { Group: "members" } });
      const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
        const all = elements(await nomad("GET", `${job}/allocations`)).map(fields);
        const left = all.filter(({ ClientStatus }) => ClientStatus === "running").length;
        saw(left);
        return left === 1 ? true : undefined;
      };
      await eventually("one member runs", look, { timeoutSeconds: 60 });
    });
    assert.match(
      said,
      /drifted: Nomad job by other hands: group members: count 2 → 1: taken back; 1 member more, brought up to date from the leader/,
    );
    assert.equal(group(await standingJob())["Count"], 2);
  });

  it("is shown and put right when it was edited", async () => {
    const said = await putRight(async () => {
      await edit((edited) => {
        const [members, patroni] = [group(edited), task(edited)];
        const Resources = { ...fields(patroni["Resources"]), MemoryMB: small.memoryMb + 16 };
        const Env = { ...fields(patroni["Env"]), EXTRA: "hunter2-in-the-job" };
        return { ...edited, TaskGroups: [{ ...members, Tasks: [{ ...patroni, Resources, Env }] }] };
      });
    }, "up --refresh");
    assert.match(
      said,
      /drifted: Nomad job by other hands: task patroni: resources.memoryMB 256 → 272; task patroni: env\[EXTRA\] \(not shown\) added: taken back; members are replaced, one at a time/,
    );
    assert.doesNotMatch(said, /hunter2/);
    assert.doesNotMatch(await stack.exportedState(), /hunter2/);
    assert.equal(fields(task(await standingJob())["Resources"])["MemoryMB"], small.memoryMb);
  });

  it("is shown and started again when it was stopped", async () => {
    const said = await putRight(async () => stopJob("drifted"));
    assert.match(
      said,
      /drifted: Nomad job by other hands: stopped: taken back; the cluster starts again with 2 members/,
    );
  });

  it("shows nothing more when it was put right", async () => {
    assert.deepEqual(await previewed(), []);
  });

  it("can be changed by the config afterwards without another refresh", async () => {
    stack.configure((config) => {
      config.setIn(tenantPath("drifted", "resources", "memoryMb"), small.memoryMb + 8);
    });
    await stack.up();
    assert.equal(fields(task(await standingJob())["Resources"])["MemoryMB"], small.memoryMb + 8);
  });

  it("isn't changed while the cluster is paused", async () => {
    const before = await untilWhole(cluster);
    stack.configure((config) => {
      config.setIn(tenantPath("drifted", "patroni", "pause"), true);
      config.setIn(tenantPath("drifted", "resources", "memoryMb"), small.memoryMb);
    });
    const words = await stack.failingUp();
    assert.match(words, /the job's change would replace members, and patroni\.pause is true/);
    assert.match(words, /no job was registered/);
    assert.deepEqual((await untilWhole(cluster)).members, before.members);
    stack.configure((config) => {
      config.setIn(tenantPath("drifted", "patroni", "pause"), false);
    });
    await stack.up();
    assert.equal(fields(task(await standingJob())["Resources"])["MemoryMB"], small.memoryMb);
  });
});
