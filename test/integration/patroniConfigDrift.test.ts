import assert from "node:assert/strict";
import { hiddenValue } from "../../patroni/alterSystem";
import { DynamicProvider } from "../support/dynamicProviderProcess";
import { environment } from "../support/labSecrets";
import { describeWith } from "../support/needs";
import { vault } from "../support/realCluster";
import { everywhere, RealConfig, realConfigNeeds, type Asked, type Parameters } from "../support/realConfig";
import { eventually } from "../support/waiting";

const path = `cfgtest/drift-${process.pid}`;

describeWith(
  "settings that others change, with a real Consul, Vault and cluster of three",
  [...realConfigNeeds, "VAULT_ADDR", "VAULT_TOKEN"],
  function () {
    this.timeout(240_000);
    this.slow(60_000);
    const base: Parameters = { max_connections: 100 };
    let real: RealConfig;

    before(async function () {
      this.timeout(900_000);
      real = await RealConfig.whole("drift", base, asked());
      await writeSecret(real.members.superuser.password);
    });
    after(async () => {
      await real.remove();
      await vault("DELETE", `secret/metadata/${path}`);
    });

    function asked(drift: "correct" | "adopt" = "correct"): Asked {
      return {
        args: {
          drift,
          vaultAddress: environment("VAULT_ADDR"),
          secretMount: "secret",
          secretPath: path,
          superuserUsernameField: "superuser_username",
          superuserPasswordField: "superuser_password",
        },
      };
    }

    async function writeSecret(password: string): Promise<void> {
      await vault("POST", `secret/data/${path}`, {
        data: { superuser_username: "postgres", superuser_password: password },
      });
    }

    async function alterSystem(member: string, name: string, value: string): Promise<void> {
      await real.members.query(member, `ALTER SYSTEM SET ${name} = '${value}'`);
      await real.members.query(member, "SELECT pg_reload_conf()");
    }

    /** What `patronictl edit-config` does with PostgreSQL's parameters. */
    async function edit(parameters: Readonly<Record<string, string | number | null>>): Promise<void> {
      await real.editConfig({ postgresql: { parameters } });
    }

    async function open(): Promise<void> {
      await edit({ allow_alter_system: "on" });
      await real.untilEverywhere("allow_alter_system", "on");
    }

    async function changes(parameters: Parameters = base, drift: "correct" | "adopt" = "correct") {
      const wanted = await real.inputs(parameters, asked(drift));
      return (await real.provider.diff(real.folder, real.state, wanted)).changed;
    }

    it("finds none where Patroni alone has been, and lets ALTER SYSTEM be used by nobody", async () => {
      await real.refresh();
      assert.deepEqual([real.state["alterSystem"], real.state["adopted"]], [{}, {}]);
      assert.equal(await changes(), false);
      assert.deepEqual(await real.members.show("allow_alter_system"), everywhere("off"));
      await assert.rejects(
        alterSystem("node1", "work_mem", "64MB"),
        /ALTER SYSTEM is not allowed in this environment/,
      );
    });

    it("shows by member what ALTER SYSTEM has set, and takes it back, with a restart where it takes one", async () => {
      const leader = await real.leaderName();
      const replica = ["node1", "node2", "node3"].find((name) => name !== leader) ?? "";
      await open();
      await alterSystem(leader, "work_mem", "64MB");
      await alterSystem(replica, "archive_command", "cp --password hunter2 %p");
      await alterSystem(replica, "shared_buffers", "256MB");
      await real.members.ask(replica, "POST", "/restart", {});
      await real.members.untilWhole(60);
      assert.equal((await real.members.show("shared_buffers"))[replica], "256MB");
      await real.refresh();
      assert.deepEqual(real.state["alterSystem"], {
        [leader]: { work_mem: "64MB" },
        [replica]: { archive_command: hiddenValue, shared_buffers: "256MB" },
      });
      assert.match(String(real.state["config"]), /"allow_alter_system":"on"/);
      assert.doesNotMatch(JSON.stringify(real.state), /hunter2/);
      assert.ok(await changes());
      const lines = (await real.update(base, asked())).join("\n");
      assert.match(lines, new RegExp(`ALTER SYSTEM on ${leader}: work_mem taken back`));
      assert.match(lines, new RegExp(`restarting replica ${replica}`));
      assert.doesNotMatch(lines, /hands over|hunter2/);
      assert.deepEqual(await real.members.show("work_mem"), everywhere("4MB"));
      assert.deepEqual(await real.members.show("shared_buffers"), everywhere("128MB"));
      assert.deepEqual(await real.members.show("allow_alter_system"), everywhere("off"));
      assert.deepEqual(real.state["alterSystem"], {});
      await real.refresh();
      assert.equal(await changes(), false);
    });

    it("takes it back where ALTER SYSTEM is off again, and leaves it off", async () => {
      await open();
      await alterSystem("node2", "work_mem", "32MB");
      await edit({ allow_alter_system: "off" });
      await real.untilEverywhere("allow_alter_system", "off");
      await real.refresh();
      assert.deepEqual(real.state["alterSystem"], { node2: { work_mem: "32MB" } });
      const lines = (await real.update(base, asked())).join("\n");
      assert.match(lines, /switching allow_alter_system on for as long as it takes/);
      assert.match(lines, /configuration: allow_alter_system on -> off/);
      assert.deepEqual(await real.members.show("work_mem"), everywhere("4MB"));
      assert.deepEqual(await real.members.show("allow_alter_system"), everywhere("off"));
      await real.refresh();
      assert.equal(await changes(), false);
    });

    it("keeps what the config doesn't set where drift is adopted, and puts right what it sets", async () => {
      await real.update(base, asked("adopt"));
      await open();
      await alterSystem("node3", "log_min_duration_statement", "5000");
      await alterSystem("node3", "password_encryption", "md5");
      await edit({ work_mem: "99MB", max_connections: 120 });
      await real.editConfig({ failsafe_mode: true });
      await real.untilEverywhere("work_mem", "99MB");
      await real.refresh();
      const kept = {
        config: { failsafe_mode: true, postgresql: { parameters: { work_mem: "99MB" } } },
        alterSystem: { node3: { log_min_duration_statement: "5000" } },
      };
      assert.deepEqual(real.state["adopted"], kept);
      assert.deepEqual(real.state["alterSystem"], { node3: { password_encryption: "md5" } });
      assert.ok(await changes(base, "adopt"));
      await real.update(base, asked("adopt"));
      assert.deepEqual(real.state["adopted"], kept);
      assert.deepEqual(await real.members.show("work_mem"), everywhere("99MB"));
      assert.deepEqual(await real.members.show("max_connections"), everywhere("100"));
      assert.deepEqual(await real.members.show("password_encryption"), everywhere("scram-sha-256"));
      assert.equal((await real.members.show("log_min_duration_statement"))["node3"], "5s");
      assert.equal((await real.document())["failsafe_mode"], true);
      assert.equal(await changes(base, "adopt"), false);
      await real.refresh();
      assert.equal(await changes(base, "adopt"), false);
    });

    it("takes an adopted setting over when the config sets it, and drops it when it leaves the config", async () => {
      await real.update({ ...base, work_mem: "8MB" }, asked("adopt"));
      assert.deepEqual(await real.members.show("work_mem"), everywhere("8MB"));
      await real.update(base, asked("adopt"));
      assert.deepEqual(await real.members.show("work_mem"), everywhere("4MB"));
      assert.deepEqual(real.state["adopted"], {
        config: { failsafe_mode: true },
        alterSystem: { node3: { log_min_duration_statement: "5000" } },
      });
    });

    it("takes back what was adopted when it no longer is to be", async () => {
      assert.ok(await changes());
      await real.update(base, asked());
      assert.deepEqual([real.state["adopted"], real.state["alterSystem"]], [{}, {}]);
      assert.equal((await real.document())["failsafe_mode"], undefined);
      assert.deepEqual(await real.members.show("log_min_duration_statement"), everywhere("-1"));
    });

    it("says once why it couldn't look, and fails for nothing", async () => {
      const stranger = await DynamicProvider.start({ VAULT_TOKEN: "nobody's" });
      try {
        const { outputs } = await stranger.read(real.folder, real.state);
        assert.deepEqual(outputs["alterSystem"], {});
        const lines = await linesOf(stranger);
        assert.equal(lines.length, 1, lines.join("\n"));
        assert.match(lines[0] ?? "", /^\[acme\] ALTER SYSTEM couldn't be looked for: .*VAULT_TOKEN/);
      } finally {
        stranger.kill();
      }
      await writeSecret("not-the-password");
      const before = real.provider.lines.length;
      await real.refresh();
      const line = (await linesOf(real.provider, before)).join("\n");
      assert.match(line, /node1, node2 and node3: the password in Vault isn't the one that it takes/);
      assert.doesNotMatch(line, /not-the-password/);
      await writeSecret(real.members.superuser.password);
    });

    async function linesOf(provider: DynamicProvider, from = 0): Promise<readonly string[]> {
      const look = (saw: (state: unknown) => void) => {
        const lines = provider.lines.slice(from).filter((line) => line.includes("ALTER SYSTEM"));
        saw(lines);
        return Promise.resolve(lines.length === 0 ? undefined : lines);
      };
      return eventually("a line about ALTER SYSTEM", look, { timeoutSeconds: 10 });
    }
  },
);
