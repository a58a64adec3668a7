import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { guardRails } from "../../../../config/guardRails/guardRails";
import type { GuardRail } from "../../../../config/guardRails/guardRail";
import { nothingShared } from "../../../../config/guardRails/nothingShared";
import { layered } from "../../../../config/layers";
import type { Cluster } from "../../../../config/model";
import type { SettledCluster } from "../../../../config/stackRules";
import { renderPath } from "../../../../config/settingPath";
import { ephemeralCluster, examplePlatform, volumeCluster } from "../../../support/examples";
import { problemLines, stackWith } from "../sources";

const digest = `@sha256:${"0123456789abcdef".repeat(4)}`;

/** What is said of a tenant `acme` with some settings. */
function acme(settings: unknown, platform: Readonly<Record<string, unknown>> = {}): readonly string[] {
  return problemLines(stackWith({ acme: settings }, platform));
}

/** A cluster as it is once the config is settled, whatever it was made from. */
function settled(cluster: Cluster): SettledCluster {
  const pathOf = (setting: readonly (string | number)[]) => renderPath(["tenants", cluster.name, ...setting]);
  return { cluster, layered: layered([{ pathOf, settings: {}, wrong: [] }]), isNameRight: true };
}

function problemsOf(rail: GuardRail, ...clusters: readonly Cluster[]): readonly string[] {
  assert(rail.of === "stack");
  const stack = { platform: examplePlatform, clusters: clusters.map(settled) };
  return rail.problems(stack).map(({ path, message }) => `${path}: ${message}`);
}

describe("the guard rails", () => {
  it("have an id each, which docs/guard-rails.md explains", () => {
    const ids = guardRails.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const page = readFileSync(join(__dirname, "../../../../docs/guard-rails.md"), "utf8");
    for (const id of ids) assert.ok(page.includes(`\`${id}\``), id);
  });

  describe("data-deleted-only-in-words", () => {
    it("refuses anything but the exact words", () => {
      for (const words of ["delete", "delete all data of beta", "Delete all data of acme"])
        assert.deepEqual(acme({ storage: { whenRemoved: words } }), [
          `tenants.acme.storage.whenRemoved: found "${words}"; allowed: \`keep\`, or exactly \`delete all data of acme\`.`,
        ]);
    });

    it("lets the words through, and `keep`", () => {
      assert.deepEqual(acme({ storage: { whenRemoved: "delete all data of acme" } }), []);
      assert.deepEqual(acme({ storage: { whenRemoved: "keep" } }), []);
    });
  });

  describe("dropped-only-in-words", () => {
    const allowed =
      "allowed: `drop database <name> of acme` or `drop role <name> of acme`, exactly, of what `databases` and `roles` don't have any more.";

    it("refuses anything but the exact words, and what is still declared", () => {
      for (const words of [
        "drop database shop",
        "drop database shop of beta",
        "drop table shop of acme",
        "shop",
      ])
        assert.deepEqual(acme({ allow: [words] }), [`tenants.acme.allow[0]: found "${words}"; ${allowed}`]);
      assert.deepEqual(acme({ roles: { app: {} }, allow: ["drop role app of acme"] }), [
        `tenants.acme.allow[0]: found the role \`app\`, which is still declared; ${allowed}`,
      ]);
      assert.deepEqual(acme({}, { defaults: { allow: ["drop role app of acme"] } }).length, 1);
    });

    it("lets the words through for what isn't declared any more", () => {
      const allow = ["drop database shop of acme", "drop role app of acme"];
      assert.deepEqual(acme({ roles: { other: {} }, allow }), []);
    });
  });

  describe("members-for-synchronous-mode", () => {
    it("refuses as many members as commits wait for", () => {
      assert.match(
        acme({ members: 2, patroni: { synchronousMode: "on", synchronousNodeCount: 2 } })[0] ?? "",
        /^tenants\.acme\.patroni\.synchronousMode: found synchronousMode on with .* and members 2/,
      );
    });

    it("lets one more through", () => {
      assert.deepEqual(acme({ members: 3, patroni: { synchronousMode: "on", synchronousNodeCount: 2 } }), []);
    });
  });

  describe("nothing-shared", () => {
    it("refuses two clusters on one volume name, one folder in Consul or one job", () => {
      assert.deepEqual(problemsOf(nothingShared, volumeCluster, { ...volumeCluster, name: "other" }), [
        "tenants.acme: found the volume name `postgres-acme`, which is also that of `tenants.acme`; allowed: a place of its own for each cluster's data.",
      ]);
      const twin = { ...ephemeralCluster, name: "acme", configPath: "platform.cluster" };
      assert.deepEqual(problemsOf(nothingShared, volumeCluster, twin), [
        "platform.cluster: found the folder `operations/acme` in Consul, which is also that of `tenants.acme`; allowed: a place of its own for each cluster's data.",
        "platform.cluster: found the job `postgres-acme`, which is also that of `tenants.acme`; allowed: a place of its own for each cluster's data.",
      ]);
    });

    it("lets clusters through that share nothing", () => {
      assert.deepEqual(problemsOf(nothingShared, volumeCluster, ephemeralCluster), []);
    });
  });

  describe("no-secret-in-documents", () => {
    const allowed = "allowed: plain values: Nomad, Consul and Pulumi's state keep this in clear.";

    it("refuses what looks like a secret, and doesn't show it", () => {
      const token = `hvs.${"CAESIJ0123456789abcdef".repeat(2)}`;
      const commands: readonly (readonly [string, string])[] = [
        ["PGPASSWORD=hunter22 pg_receivewal", "a password or token behind its name"],
        ["pgbackrest --repo1-cipher-pass=hunter22 archive-push %p", "a password or token behind its name"],
        [`curl -H 'X-Vault-Token: ${token}' http://x`, "a token of Vault"],
        ["AWS_KEY=AKIAIOSFODNN7EXAMPLE push %p", "an access key of AWS"],
        ["curl -T %p https://backup:hunter22@store.example.net/", "a password in an address"],
      ];
      for (const [archive_command, sign] of commands)
        assert.deepEqual(acme({ parameters: { archive_command } }), [
          `tenants.acme.parameters.archive_command: found what looks like ${sign}; ${allowed}`,
        ]);
    });

    it("refuses it in what becomes part of the job, wherever it was written", () => {
      const constraints = [{ attribute: "${meta.token}", operator: "=", value: "secret=hunter22" }];
      assert.deepEqual(acme({ placement: { constraints } }), [
        `tenants.acme: found what looks like a password or token behind its name in the job, at \`Constraints[1].RTarget\`; ${allowed}`,
      ]);
    });

    it("lets templates, variables, files and the program's own documents through", () => {
      const archive_command = 'PGPASSFILE=/secrets/pgpass TOKEN="$(cat /secrets/token)" push %p';
      const parameters = {
        archive_command,
        password_encryption: "scram-sha-256",
        ssl_key_file: "/secrets/key",
      };
      const path = "teams/acme/password-and-token";
      assert.deepEqual(acme({ parameters, credentials: { existing: { path } } }), []);
    });
  });

  describe("pinned-base-images", () => {
    it("refuses a tag in a production stack, and the default, which is one", () => {
      const found = (image: string) =>
        `platform.image.baseImages["17"]: found \`${image}\` in a production stack; allowed: an image with its digest, such as \`postgres:17-trixie@sha256:…\`. \`docker buildx imagetools inspect\` tells the digest of a tag.`;
      assert.deepEqual(acme({}, { production: true }), [found("postgres:17-trixie")]);
      const image = { baseImages: { "17": "postgres:latest" } };
      assert.deepEqual(acme({}, { production: true, image }), [found("postgres:latest")]);
    });

    it("lets a digest through, and tags where nobody depends on the stack", () => {
      const image = { baseImages: { "17": `postgres:17-trixie${digest}` } };
      assert.deepEqual(acme({}, { production: true, image }), []);
      assert.deepEqual(acme({}, { production: false }), []);
      assert.deepEqual(acme({}), []);
    });
  });

  describe("throw-away-data-replicated", () => {
    const image = { baseImages: { "17": `postgres:17-trixie${digest}` } };
    const alone = { members: 1, storage: { type: "ephemeral" } };

    it("refuses a single member with throw-away data in a production stack", () => {
      assert.deepEqual(acme(alone, { production: true, image }), [
        "tenants.acme.members: found 1 member with `storage.type: ephemeral` in a production stack; allowed: at least 2, or `type: volume`. Its data would be gone with its allocation, at the next update of the job at the latest.",
      ]);
    });

    it("lets two through, one on a volume, and one where nobody depends on the stack", () => {
      assert.deepEqual(acme({ ...alone, members: 2 }, { production: true, image }), []);
      assert.deepEqual(acme({ members: 1 }, { production: true, image }), []);
      assert.deepEqual(acme(alone), []);
    });
  });
});
