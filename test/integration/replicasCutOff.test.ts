import assert from "node:assert/strict";
import { consoleReporter } from "../../lab/report";
import { fields } from "../../patroni/observed/json";
import { query, superuser } from "../support/database";
import { DynamicProvider } from "../support/dynamicProviderProcess";
import { killMember } from "../support/breakages";
import { describeWith } from "../support/needs";
import { allocations, untilRuns } from "../support/placed";
import { failureOf } from "../support/providerCall";
import {
  consul,
  ensureClusterImage,
  labCluster,
  nomad,
  onVolumes,
  RealCluster,
  realClusterNeeds,
} from "../support/realCluster";
import { realWaitInputs } from "../support/realWait";
import { registerWithMemory } from "../support/registerWithMemory";
import { eventually } from "../support/waiting";
import { whileWriting, type Watched } from "../support/whileWriting";
import { makeLeader, taskLog, untilWhole, type WholeMember } from "../support/wholeCluster";

const reporter = consoleReporter();

/** The leader's rules turn replicas away. Commits wait for any replica that streams, so that none may be lost. */
describeWith(
  "a leader that nobody can take over from, with a client that writes",
  realClusterNeeds,
  function () {
    this.timeout(300_000);
    this.slow(60_000);
    let cluster: RealCluster;
    let provider: DynamicProvider;
    let rules: readonly string[];

    before(async function () {
      this.timeout(900_000);
      await ensureClusterImage();
      const whole = labCluster("cutoff", { members: 3, ...onVolumes("cutoff") });
      cluster = new RealCluster({ ...whole, patroni: { ...whole.patroni, synchronousMode: "quorum" } });
      provider = await DynamicProvider.start();
      await cluster.remove();
      for (const node of ["node1", "node2", "node3"]) await cluster.makeVolume(node);
      await cluster.start();
      const { leader } = await untilWhole(cluster);
      rules = (await config(leader)).postgresql.pg_hba;
    });
    after(async () => {
      provider.kill();
      await cluster.remove();
    });

    async function writing<T>(what: string, happen: () => Promise<T>): Promise<Watched<T>> {
      const began = performance.now();
      const seen = await whileWriting(cluster.cluster.name, happen);
      const [gap, whole] = [seen.longestGapMilliseconds, performance.now() - began].map((ms) =>
        (ms / 1000).toFixed(2),
      );
      reporter.say(`${what}: at most ${gap} s without a write of ${seen.acknowledged}, ${whole} s in all`);
      assert.equal(seen.lost, 0);
      return seen;
    }

    async function ask(member: WholeMember, sql: string): Promise<readonly Record<string, unknown>[]> {
      return query(member, await superuser(cluster.cluster.name), sql);
    }

    async function config({ apiUrl }: WholeMember): Promise<{ postgresql: { pg_hba: readonly string[] } }> {
      const answer = await fetch(`${apiUrl}/config`, { signal: AbortSignal.timeout(5000) });
      return (await answer.json()) as { postgresql: { pg_hba: readonly string[] } };
    }

    async function setRules(member: WholeMember, pg_hba: readonly string[]): Promise<void> {
      await change(member, { postgresql: { pg_hba } });
    }

    /** Changes Patroni's dynamic configuration, as `patronictl edit-config` does. */
    async function change({ apiUrl }: WholeMember, settings: object): Promise<void> {
      const body = JSON.stringify(settings);
      const signal = AbortSignal.timeout(5000);
      const answer = await fetch(`${apiUrl}/config`, { method: "PATCH", body, signal });
      assert.equal(answer.status, 200, await answer.text());
    }

    /** Has every member turn away who would stream from it. Who streams already goes on. */
    async function refuseReplicas(leader: WholeMember): Promise<void> {
      await setRules(leader, ["host replication all 127.0.0.0/8 reject", ...rules]);
      const refuses = async (saw: (state: unknown) => void): Promise<true | undefined> => {
        const [rule] = await ask(leader, "select auth_method from pg_hba_file_rules order by rule_number");
        saw(rule);
        return rule?.["auth_method"] === "reject" ? true : undefined;
      };
      await eventually(`${leader.name} has the rule`, refuses, { timeoutSeconds: 30 });
    }

    /** Ends the replicas' connections until none streams. */
    async function cutOff({ leader, members }: { leader: WholeMember; members: readonly WholeMember[] }) {
      await refuseReplicas(leader);
      const replicas = members.filter(({ name }) => name !== leader.name);
      const gone = async (saw: (state: unknown) => void): Promise<true | undefined> => {
        await ask(leader, "select pg_terminate_backend(pid) from pg_stat_replication");
        const states = await Promise.all(replicas.map(streams));
        saw(states);
        return states.includes(true) ? undefined : true;
      };
      await eventually("nobody streams", gone, { timeoutSeconds: 60 });
    }

    async function streams({ apiUrl }: WholeMember): Promise<boolean> {
      const answer = await fetch(`${apiUrl}/patroni`, { signal: AbortSignal.timeout(5000) });
      return fields(await answer.json())["replication_state"] === "streaming";
    }

    async function stop({ allocation }: WholeMember): Promise<void> {
      await nomad("PUT", `/v1/client/allocation/${allocation}/restart`, { TaskName: "patroni" });
    }

    /** Waits for a member that leads, lets the replicas in again, and waits for all of them. */
    async function leadsAgain(members: readonly WholeMember[]): Promise<void> {
      const leads = async (saw: (state: unknown) => void): Promise<WholeMember | undefined> => {
        const answers = await Promise.allSettled(
          members.map(({ apiUrl }) => fetch(`${apiUrl}/primary`, { signal: AbortSignal.timeout(2000) })),
        );
        saw(answers.map((one) => (one.status === "fulfilled" ? one.value.status : String(one.reason))));
        return members[answers.findIndex((one) => one.status === "fulfilled" && one.value.ok)];
      };
      await setRules(await eventually("somebody leads", leads, { timeoutSeconds: 60 }), rules);
      await untilWhole(cluster);
    }

    it("isn't replaced in an update after a replica that never catches up, which is named", async () => {
      const { leader } = await makeLeader(cluster, 2);
      await writing("a replica that never catches up", async () => {
        await refuseReplicas(leader);
        const registered = await registerWithMemory(cluster, cluster.cluster.resources.memoryMb + 1);
        const { nodeName } = await untilRuns(cluster, registered.version, 0);
        const error = await failureOf(provider.create(await realWaitInputs(cluster, registered, 30)));
        assert.match(error.message, new RegExp(`not ready after 30 s, 0 of 3 members are: .*${nodeName}`));
        const running = (await allocations(cluster)).filter(({ client }) => client === "running");
        assert.deepEqual(running.map(({ index, version }) => [index, registered.version - version]).sort(), [
          [0, 0],
          [1, 1],
          [2, 1],
        ]);
        assert.equal((await config(leader)).postgresql.pg_hba[0]?.endsWith("reject"), true);
        await setRules(leader, rules);
        const { outputs } = await provider.create(await realWaitInputs(cluster, registered, 120));
        assert.equal(outputs["ready"], true);
      });
    });

    it("comes back as the leader when it is told to stop and has writes that nobody else has", async () => {
      const whole = await makeLeader(cluster, 0);
      const { leader } = whole;
      await writing("told to stop, replicas behind", async () => {
        await cutOff(whole);
        // Patroni has commits wait for nobody then.
        const alone = async (saw: (state: unknown) => void): Promise<true | undefined> => {
          const sync = fields(await consul("GET", "operations/cutoff/sync?raw"));
          saw(sync);
          return (sync["sync_standby"] ?? "") === "" ? true : undefined;
        };
        await eventually("no synchronous replica", alone, { timeoutSeconds: 30 });
        await ask(leader, "create table alone as select 1 as id");
        const { length } = await taskLog(leader.allocation);
        await stop(leader);
        await leadsAgain(whole.members);
        assert.match(
          (await taskLog(leader.allocation)).slice(length),
          /there is no replica to hand over to\n/,
        );
      });
      const after = await untilWhole(cluster);
      assert.equal(after.leader.name, leader.name);
      for (const member of after.members)
        assert.deepEqual(await ask(member, "select id from alone"), [{ id: 1 }]);
    });

    it("isn't replaced when it is lost in a pause, is named, and the cluster is whole when the pause ends", async () => {
      const { leader, members } = await untilWhole(cluster);
      const replicas = members.filter(({ name }) => name !== leader.name);
      const current = await cluster.registered();
      await writing("lost in a pause", async () => {
        await change(leader, { pause: true });
        try {
          await killMember(leader.allocation);
          const error = await failureOf(provider.create(await realWaitInputs(cluster, current, 90)));
          assert.match(
            error.message,
            new RegExp(`the cluster is paused, .* until it is resumed: ${leader.name}\n`),
          );
          for (const { apiUrl } of replicas) assert.equal((await fetch(`${apiUrl}/primary`)).status, 503);
        } finally {
          await change(replicas[0] ?? leader, { pause: null });
        }
        await untilWhole(cluster);
      });
    });
  },
);
