import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { runCleanup } from "../../commands/cleanup/run";
import { runStatus } from "../../commands/status/run";
import type { StackStatus } from "../../patroni/status/model";
import { elements, fields, number } from "../../patroni/observed/json";
import { removeKeys } from "../../providers/removeKeys";
import { environment } from "../support/labSecrets";
import { describeWith } from "../support/needs";
import { PulumiDouble } from "../support/pulumiDouble";
import {
  consul,
  ensureClusterImage,
  labCluster,
  nomad,
  RealCluster,
  realClusterNeeds,
} from "../support/realCluster";
import { StorageLab } from "../support/storageLab";
import { eventually } from "../support/waiting";

/** Members' sessions live so long after a member has ended without giving them up. */
const sessionSeconds = 60;

/** What is left of real clusters in the lab's Consul, with the stack's config alone made up. */
describeWith("leftovers of real clusters", realClusterNeeds, function () {
  this.timeout(300_000);
  this.slow(60_000);
  const pulumi = new PulumiDouble();
  let owned: RealCluster;
  let departed: RealCluster;
  let lab: StorageLab;

  before(async function () {
    this.timeout(900_000);
    await ensureClusterImage();
    const [nomadAddress, consulAddress] = [environment("NOMAD_ADDR"), environment("CONSUL_HTTP_ADDR")];
    lab = new StorageLab(nomadAddress, consulAddress, "left-");
    owned = new RealCluster(labCluster("left-owned", { members: 1 }));
    departed = new RealCluster(labCluster("left-departed", { members: 1 }));
    for (const cluster of [owned, departed]) {
      await cluster.remove();
      await cluster.start();
    }
    for (const name of ["left-owned", "left-departed"]) await untilKeys(name, "leader", true);
    pulumi.configure({
      ...{ nomadAddress, consulAddress, imageRepository: "registry.example.net/patroni" },
      platform: { networks: { replication: ["127.0.0.0/8"] } },
      tenants: { "left-owned": { members: 1, storage: { type: "ephemeral", sizeMb: 300 } } },
    });
  });

  after(async () => {
    for (const cluster of [owned, departed]) await cluster.remove();
    pulumi.remove();
  });

  async function untilKeys(cluster: string, key: string, there: boolean): Promise<void> {
    const folder = `operations/${cluster}/`;
    const look = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const keys = await lab.keys(folder);
      saw(keys);
      return keys.some((each) => each.startsWith(`${folder}${key}`)) === there ? true : undefined;
    };
    await eventually(`${folder}${key} ${there ? "is there" : "is gone"}`, look, {
      timeoutSeconds: sessionSeconds,
    });
  }

  function surroundings() {
    const said: string[] = [];
    const output = { write: (text: string) => said.push(text) };
    const signal = new AbortController().signal;
    return { said, with: { pulumi: pulumi.place(), input: new PassThrough(), output, signal } };
  }

  async function cleanup(...args: readonly string[]): Promise<string> {
    const at = surroundings();
    assert.equal(await runCleanup(["--stack", "prod", "--yes", ...args], at.with), 0);
    return at.said.join("");
  }

  /** As `kind name`, of this test's clusters. */
  async function leftovers(): Promise<readonly string[]> {
    const at = surroundings();
    await runStatus(["--stack", "prod", "--json"], at.with);
    const { leftovers: found } = JSON.parse(at.said.join("")) as StackStatus;
    return (found ?? assert.fail("it can't be told"))
      .filter(({ cluster }) => cluster.startsWith("left-"))
      .map(({ kind, name }) => `${kind} ${name}`);
  }

  const nothing = /left-departed: there is nothing in Consul that can go/;

  it("aren't of a cluster that another stack runs", async () => {
    assert.deepEqual(await leftovers(), []);
    assert.match(await cleanup("--scope", "left-departed"), nothing);
  });

  it("aren't of one whose job is stopped, as long as Nomad knows the job", async () => {
    await nomad("DELETE", `/v1/job/${departed.jobId}`);
    await untilKeys("left-departed", "members/", false);
    await untilKeys("left-departed", "leader", false);
    assert.deepEqual(await leftovers(), []);
    assert.match(await cleanup("--scope", "left-departed"), nothing);
  });

  it("aren't removed when somebody has written them since: all keys stay", async () => {
    const folder = "operations/left-departed/";
    const seen = elements(await consul("GET", `${folder}?recurse`)).map(fields);
    const keys = seen.map(({ Key, ModifyIndex }) => ({
      key: String(Key),
      modifyIndex: number(ModifyIndex) ?? 0,
    }));
    await departed.setKey("status", "{}");
    const address = environment("CONSUL_HTTP_ADDR");
    assert.match((await removeKeys(address, keys, [])) ?? "", /somebody has written them meanwhile/);
    await departed.setKey("leader", "somebody");
    assert.match((await removeKeys(address, keys.slice(0, 1), [`${folder}leader`])) ?? "", /meanwhile/);
    await consul("DELETE", `${folder}leader`);
    assert.equal((await lab.keys(folder)).length, keys.length);
  });

  it("are its keys once its job is gone, and go", async () => {
    await departed.stop();
    const gone = async (saw: (state: unknown) => void): Promise<true | undefined> => {
      const found = await leftovers();
      saw(found);
      return found.includes("cluster left-departed") ? true : undefined;
    };
    await eventually("the keys are left over", gone, { timeoutSeconds: sessionSeconds });
    const kept = await lab.keys("operations/left-owned/");
    assert.match(await cleanup("--scope", "left-departed"), /left-departed: its folder is removed/);
    assert.deepEqual(await lab.keys("operations/left-departed/"), []);
    assert.deepEqual(await lab.keys("operations/left-owned/"), kept);
    assert.deepEqual(await leftovers(), []);
  });

  it("are an entry that no session holds, and what Patroni keeps for it", async () => {
    await owned.setKey("members/node9", '{"state":"running"}');
    assert.deepEqual(await leftovers(), ["member node9"]);
    assert.match(await cleanup("--scope", "left-owned"), /left-owned: the entry of node9 is removed/);
    assert.ok(!(await lab.keys("operations/left-owned/")).includes("operations/left-owned/members/node9"));
    assert.equal((await lab.keys("operations/left-owned/members/")).length, 1);
  });
});
