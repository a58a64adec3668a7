import assert from "node:assert/strict";
import { resumePart, suspendPart } from "../../lab/platform/faults";
import { consoleReporter } from "../../lab/report";
import { loadLabSettings } from "../../lab/settings";
import { ConsulProxy } from "../support/consulProxy";
import { DynamicProvider } from "../support/dynamicProviderProcess";
import { environment } from "../support/labSecrets";
import { describeWith } from "../support/needs";
import { failureOf } from "../support/providerCall";
import { everywhere, RealConfig, realConfigNeeds } from "../support/realConfig";
import { eventually } from "../support/waiting";

const reporter = consoleReporter();

/** The agent by which the members and the provider reach Consul: one can be taken away, and the server goes on. */
const agent = "consul-node1";

function agentAddress(): string {
  const [node] = loadLabSettings().nodes;
  return `http://${node?.address ?? ""}:${new URL(environment("CONSUL_HTTP_ADDR")).port}`;
}

describeWith(
  "a change of configuration into which something breaks, with a client that writes",
  realConfigNeeds,
  function () {
    this.timeout(240_000);
    this.slow(60_000);
    let real: RealConfig;

    before(async function () {
      this.timeout(900_000);
      real = await RealConfig.whole("broken", { max_connections: 100 }, {}, agentAddress());
    });
    after(async () => {
      await real.remove();
    });

    /** Every test's client; what it says is printed, and nothing that was acknowledged to it may be lost. */
    async function whileWriting(what: string, happen: () => Promise<void>): Promise<number> {
      const seen = await real.whileWriting(happen);
      const gap = (seen.longestGapMilliseconds / 1000).toFixed(2);
      reporter.say(
        `${what}: ${seen.changes} changes of leader, at most ${gap} s without a write of ${seen.acknowledged}`,
      );
      assert.equal(seen.lost, 0);
      return seen.changes;
    }

    /** Waits for a line of a provider's. */
    async function untilSaid(provider: DynamicProvider, line: RegExp, from: number): Promise<void> {
      const look = (saw: (state: unknown) => void) => {
        const lines = provider.lines.slice(from);
        saw(lines);
        return Promise.resolve(lines.some((one) => line.test(one)) ? true : undefined);
      };
      await eventually(`the line ${String(line)}`, look, { timeoutSeconds: 60, intervalMilliseconds: 5 });
    }

    it("goes back from a value that PostgreSQL doesn't start with, and the leader serves all the time", async () => {
      const changes = await whileWriting("a parameter that PostgreSQL refuses", async () => {
        const wrong = await real.inputs({
          max_connections: 100,
          shared_preload_libraries: "no_such_library",
        });
        const error = await failureOf(real.provider.update(real.folder, real.state, wrong));
        assert.match(
          error.message,
          /replica node\d didn't come back with shared_preload_libraries no_such_library/,
        );
        real.state = error.partial?.outputs ?? {};
      });
      assert.equal(changes, 0);
      await real.update({ max_connections: 100 });
    });

    it("puts right what somebody writes between its reading and its writing, and says what it was", async () => {
      const proxy = await ConsulProxy.start(agentAddress());
      try {
        proxy.beforeWrite = () => real.editConfig({ maximum_lag_on_failover: 4711 });
        await whileWriting("a key changed between reading and writing", async () => {
          const lines = await real.update(
            { max_connections: 100, work_mem: "7MB" },
            { args: { consulAddress: proxy.address } },
          );
          assert.match(lines.join("\n"), /maximum_lag_on_failover 4711 -> 1048576/);
        });
        assert.equal(proxy.writes, 2);
        assert.deepEqual(await real.members.show("work_mem"), everywhere("7MB"));
      } finally {
        proxy.stop();
      }
      await real.update({ max_connections: 100 });
    });

    it("stops when somebody writes between loading and restarting, and the next run puts it right", async () => {
      await whileWriting("a key changed between loading and restarting", async () => {
        const from = real.provider.lines.length;
        const wanted = await real.inputs({ max_connections: 150 });
        const run = failureOf(real.provider.update(real.folder, real.state, wanted));
        await untilSaid(real.provider, /restarting replica/, from);
        await real.editConfig({ postgresql: { parameters: { max_connections: 130 } } });
        const error = await run;
        assert.match(
          error.message,
          /somebody else has changed the configuration .*: max_connections 150 -> 130/,
        );
        real.state = error.partial?.outputs ?? {};
        assert.match(String(real.state["config"]), /"max_connections":130/);
        assert.ok((await real.provider.diff(real.folder, real.state, wanted)).changed);
        await real.update({ max_connections: 150 });
      });
      assert.deepEqual(await real.members.show("max_connections"), everywhere("150"));
    });

    it("lets one of two operators win, and tells the other", async () => {
      const other = await DynamicProvider.start();
      try {
        await whileWriting("two operators at once", async () => {
          const wanted = [
            await real.inputs({ max_connections: 160 }),
            await real.inputs({ max_connections: 170 }),
          ];
          const runs = await Promise.allSettled(
            [real.provider, other].map((provider, at) =>
              provider.update(real.folder, real.state, wanted[at] ?? {}),
            ),
          );
          const won = runs.findIndex(({ status }) => status === "fulfilled");
          const lost = runs[1 - won];
          assert.ok(won >= 0 && lost?.status === "rejected", JSON.stringify(runs));
          const error = await failureOf(Promise.reject(lost.reason as Error));
          assert.match(
            error.message,
            /somebody else has changed the configuration .*: max_connections 1\d0 -> 1\d0/,
          );
          const value = String([160, 170][won]);
          assert.deepEqual(await real.members.show("max_connections"), everywhere(value));
          assert.match(JSON.stringify(await real.document()), new RegExp(`"max_connections":${value}`));
          const winner = runs[won];
          if (winner?.status === "fulfilled") real.state = winner.value;
        });
      } finally {
        other.kill();
      }
    });

    it("goes on where it was when its process was killed, and restarts nobody twice", async () => {
      const doomed = await DynamicProvider.start();
      const changes = await whileWriting("the process killed between two restarts", async () => {
        const run = doomed.update(real.folder, real.state, await real.inputs({ max_connections: 200 }));
        run.catch(() => undefined);
        await untilSaid(doomed, /serves again/, 0);
        doomed.kill();
        await assert.rejects(run);
        const done = /(node\d) serves again/.exec(doomed.lines.join("\n"))?.[1] ?? "";
        const { postmaster_start_time: started } = await real.members.status(done);
        const lines = (await real.update({ max_connections: 200 })).join("\n");
        assert.doesNotMatch(lines, new RegExp(`restarting replica ${done}`));
        assert.equal((await real.members.status(done))["postmaster_start_time"], started);
      });
      assert.equal(changes, 1);
      assert.deepEqual(await real.members.show("max_connections"), everywhere("200"));
    });

    it("waits through 20 s without Consul in the middle of its restarts", async () => {
      const settings = loadLabSettings();
      await whileWriting("Consul away for 20 s", async () => {
        const from = real.provider.lines.length;
        const run = real.update({ max_connections: 250 });
        run.catch(() => undefined);
        await untilSaid(real.provider, /serves again/, from);
        await suspendPart(settings, agent);
        try {
          // The outage itself: as long as that.
          await new Promise((resolve) => setTimeout(resolve, 20_000));
        } finally {
          await resumePart(settings, agent);
        }
        await run;
      });
      assert.deepEqual(await real.members.show("max_connections"), everywhere("250"));
    });
  },
);
