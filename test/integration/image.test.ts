import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ensureArm64 } from "../../lab/images/arm64Emulation";
import { ensureBaseImage } from "../../lab/images/baseImage";
import type { Architecture } from "../../lab/images/debianRootfs";
import { consoleReporter } from "../../lab/report";
import { buildDockerfile, buildImage, imageContext } from "../support/imageBuild";
import { runInImage, type Ended } from "../support/imageContainer";
import { LoneMember } from "../support/loneMember";
import { environment } from "../support/labSecrets";
import { labEngine } from "../support/memberImage";
import { pinnedPackages } from "../support/pinnedPackages";

const reporter = consoleReporter();
const cacheDir = join(homedir(), ".cache", "nomad-postgres");
const native: Architecture = process.arch === "arm64" ? "arm64" : "amd64";
const foreign: Architecture = native === "amd64" ? "arm64" : "amd64";
const requirements = readFileSync(join(imageContext, "requirements.txt"), "utf8");

function extraCa(): string {
  return readFileSync(join(environment("NOMAD_POSTGRES_LAB_STATE"), "extra-ca.pem")).toString("base64");
}

/** Sees to a base image and builds the project's image on it. Returns the image's name. */
async function buildFor(architecture: Architecture): Promise<string> {
  const base = await ensureBaseImage({
    docker: environment("DOCKER_HOST"),
    registry: environment("NOMAD_POSTGRES_LAB_REGISTRY"),
    architecture,
    postgresVersion: 17,
    cacheDir,
    reporter,
  });
  const tag = `image-test/patroni:${architecture}`;
  const build = {
    tag,
    platform: `linux/${architecture}`,
    args: { BASE_IMAGE: base, EXTRA_CA_PEM_BASE64: extraCa() },
    pull: true,
  };
  await reporter.during(`building the image for ${architecture}`, () => buildImage(labEngine(), build));
  return tag;
}

/** What must hold of an image on every architecture and every base. */
function describeImage(image: () => string, architecture: Architecture): void {
  const shell = async (script: string): Promise<Ended> =>
    runInImage(labEngine(), {
      image: image(),
      platform: `linux/${architecture}`,
      entrypoint: ["bash", "-euc", script],
    });

  it("is labelled with its platform, its versions and its base", async () => {
    const { Architecture: found, Os, Config } = await labEngine().getImage(image()).inspect();
    assert.deepEqual([Os, found], ["linux", architecture]);
    const { "org.opencontainers.image.base.name": base, ...labels } = Config.Labels;
    assert.match(base ?? "", /postgres|like-official/);
    assert.deepEqual(labels, {
      "org.opencontainers.image.title": "PostgreSQL 17 with Patroni",
      "org.opencontainers.image.description": "A member of a PostgreSQL cluster that Patroni manages",
      "org.opencontainers.image.version": "17-4.1.5",
    });
  });

  it("starts Patroni as uid and gid 999, and stops it with SIGTERM", async () => {
    const { Config } = await labEngine().getImage(image()).inspect();
    assert.deepEqual(Config.Entrypoint, ["/patroni/bin/patroni"]);
    assert.deepEqual(Config.Cmd, ["/secrets/patroni.yml"]);
    assert.equal(Config.User, "999:999");
    assert.equal((Config as { StopSignal?: string }).StopSignal, "SIGTERM");
    const { code, output } = await shell("id -u; id -g; getent passwd postgres | cut -d: -f1,3,4");
    assert.deepEqual({ code, output }, { code: 0, output: "999\n999\npostgres:999:999\n" });
  });

  it("has Patroni 4.1.5 and PostgreSQL 17 on its path", async () => {
    const { output } = await shell("patroni --version; command -v patronictl; postgres --version");
    assert.match(output, /^patroni 4\.1\.5\n\/patroni\/bin\/patronictl\npostgres \(PostgreSQL\) 17\./);
  });

  it("looks ten times a second whether PostgreSQL has stopped", async () => {
    const interval = "from patroni.postgresql import STOP_POLLING_INTERVAL as s; print(s)";
    assert.equal((await shell(`/patroni/bin/python3 -Ic '${interval}'`)).output.trim(), "0.1");
  });

  it("leaves replicas a second to catch up with a leader that stops, and no longer than it takes to stop", async () => {
    const count = async (words: string): Promise<string> =>
      (
        await shell(`grep -cF '${words}' /patroni/lib/python3*/site-packages/patroni/ha.py || true`)
      ).output.trim();
    assert.equal(await count("any(not self.state_handler.is_running() for _ in polling_loop(1, 0.1))"), "2");
    assert.equal(await count("time.sleep(1)  # give replicas"), "0");
  });

  it("has just the Python packages that are pinned", async () => {
    const list =
      'import importlib.metadata as m\nfor d in m.distributions(): print(f"{d.name}=={d.version}")';
    const { output } = await shell(`/patroni/bin/python3 -Ic '${list}'`);
    assert.deepEqual(pinnedPackages(output), pinnedPackages(requirements));
    assert.equal(
      (await shell("/patroni/bin/python3 -c 'import psycopg; print(psycopg.pq.__impl__)'")).output,
      "binary\n",
    );
  });

  it("owns what it writes to, and nothing of what it runs", async () => {
    const { code, output } = await shell(
      "stat -c '%n %u:%g %a' /data /var/run/postgresql; find /patroni /usr -writable -not -type l -print -quit",
    );
    assert.deepEqual(
      { code, output },
      { code: 0, output: "/data 999:999 700\n/var/run/postgresql 999:999 3777\n" },
    );
  });

  it("keeps nothing of its build", async () => {
    const { output } = await shell(
      "ls -A /tmp /build /root/.cache /var/lib/apt/lists/*_* /usr/local/share/ca-certificates/extra/*.pem 2> /dev/null || true; " +
        "/patroni/bin/python3 -c 'import pip' 2> /dev/null && echo pip; true",
    );
    assert.equal(output.replace("/tmp:", "").trim(), "");
  });

  it("runs PostgreSQL, in UTF-8", async () => {
    const { code, output } = await shell(
      [
        'initdb --pgdata "$PGDATA" --data-checksums --locale C.UTF-8 --auth trust > /dev/null',
        'pg_ctl --pgdata "$PGDATA" --wait --silent --log /tmp/log --options "-c listen_addresses=" start',
        "psql -XAt -d postgres -c 'SHOW server_encoding' -c \"SELECT upper('ä')\"",
        'pg_ctl --pgdata "$PGDATA" --wait --silent stop',
      ].join("\n"),
    );
    assert.deepEqual({ code, output }, { code: 0, output: "UTF8\nÄ\n" });
  });
}

describe(`the image for ${native}`, function () {
  this.timeout(600_000);
  this.slow(5_000);
  let image = "";

  before(async () => {
    image = await buildFor(native);
  });

  describeImage(() => image, native);

  it("trusts the certificates that it was built with", async function () {
    const pem = Buffer.from(extraCa(), "base64").toString();
    const count = pem.split("BEGIN CERTIFICATE").length - 1;
    const code = `
import base64, ssl, sys
pem = base64.b64decode(sys.argv[1]).decode()
trusted = ssl.create_default_context().get_ca_certs(binary_form=True)
blocks = [b + "-----END CERTIFICATE-----\\n" for b in pem.split("-----END CERTIFICATE-----")[:-1]]
print(sum(ssl.PEM_cert_to_DER_cert(b.strip()) in trusted for b in blocks))`;
    const entrypoint = ["/patroni/bin/python3", "-c", code, extraCa()];
    const { output } = await runInImage(labEngine(), { image, platform: `linux/${native}`, entrypoint });
    assert.equal(output.trim(), String(count));
  });

  it("becomes healthy once Patroni runs, and gives up the leader lock when it is stopped", async () => {
    const member = await LoneMember.start(labEngine(), image, environment("CONSUL_HTTP_ADDR"));
    try {
      await member.untilHealthy(60);
      await member.untilLeader(60);
      const { code, output } = await member.stop(30);
      assert.equal(code, 0, output);
      assert.match(output, /database system is shut down/);
      assert.equal(await member.leader(), "");
    } finally {
      await member.remove();
    }
  });

  describe("its health check", () => {
    const check = async (setup: string, listen: string, extra = ""): Promise<Ended> => {
      const code = `
import http.server, os, subprocess, sys, threading
class Answer(http.server.BaseHTTPRequestHandler):
    status = 200
    def do_GET(self):
        self.send_response(self.status if self.path == "/liveness" else 404)
        self.end_headers()
    def log_message(self, *arguments): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 8008), Answer)
${setup}
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.exit(subprocess.run(["/patroni/bin/python3", "-I", "/patroni/healthcheck.py"]).returncode)`;
      const env = [`PATRONI_RESTAPI_LISTEN=${listen}`, ...(extra === "" ? [] : [extra])];
      const entrypoint = ["/patroni/bin/python3", "-c", code];
      return runInImage(labEngine(), { image, platform: `linux/${native}`, entrypoint, env });
    };

    for (const listen of ["127.0.0.1:8008", "0.0.0.0:8008", "*:8008", "127.0.0.1,127.0.0.2:8008"]) {
      it(`finds Patroni where it listens on ${listen}`, async () => {
        assert.deepEqual(await check("", listen), { code: 0, output: "" });
      });
    }

    it("says that Patroni's loop does not run", async () => {
      const { code, output } = await check("Answer.status = 503", "127.0.0.1:8008");
      assert.equal(code, 1);
      assert.match(output, /^Patroni's loop does not run: \/liveness answered 'HTTP\/1\.0 503 /);
    });

    it("says that nothing answers", async () => {
      const { code, output } = await check("", "127.0.0.1:8009");
      assert.equal(code, 1);
      assert.match(output, /^Patroni's REST API does not answer: .*refused\n$/);
    });

    it("says that it doesn't know where to ask", async () => {
      const { code, output } = await check("", "");
      assert.equal(code, 1);
      assert.match(
        output,
        /^neither PATRONI_RESTAPI_LISTEN nor restapi\.listen in \/secrets\/patroni\.yml says/,
      );
    });

    it("speaks TLS where Patroni does", async () => {
      const setup = `
import ssl
subprocess.run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=x"
               " -keyout /tmp/tls.key -out /tmp/tls.crt", shell=True, check=True, stderr=subprocess.DEVNULL)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tmp/tls.crt", "/tmp/tls.key")
server.socket = context.wrap_socket(server.socket, server_side=True)`;
      const result = await check(setup, "127.0.0.1:8008", "PATRONI_RESTAPI_CERTFILE=/tmp/tls.crt");
      assert.deepEqual(result, { code: 0, output: "" });
    });
  });

  describe("its build", () => {
    const build = (
      change: Readonly<Record<string, (content: string) => string>>,
      args: Record<string, string>,
    ) =>
      buildImage(labEngine(), {
        tag: "image-test/refused",
        platform: `linux/${native}`,
        args,
        change,
        pull: true,
      });
    const base = (): string => `${environment("NOMAD_POSTGRES_LAB_REGISTRY")}/lab/postgres:17-trixie`;

    it("refuses a package whose hash is not the one that was pinned", async () => {
      const tamper = (content: string): string =>
        content.replace(/(ydiff==\S+ \\\n +--hash=sha256:)[0-9a-f]{64}/, `$1${"0".repeat(64)}`);
      await assert.rejects(
        build({ "requirements.txt": tamper }, { BASE_IMAGE: base(), EXTRA_CA_PEM_BASE64: extraCa() }),
        /THESE PACKAGES DO NOT MATCH THE HASHES/,
      );
    });

    it("refuses labels that say another version than what is in it", async () => {
      const args = { BASE_IMAGE: base(), EXTRA_CA_PEM_BASE64: extraCa(), PATRONI_VERSION: "4.0.0" };
      await assert.rejects(build({}, args), /returned a non-zero code/);
    });

    for (const [what, found, message] of [
      ["what is not base64", "%%%", /EXTRA_CA_PEM_BASE64 is not base64/],
      ["what is no certificate", "aGVsbG8K", /EXTRA_CA_PEM_BASE64 holds no PEM certificate/],
    ] as const) {
      it(`refuses ${what} as an extra certificate`, async () => {
        await assert.rejects(build({}, { BASE_IMAGE: base(), EXTRA_CA_PEM_BASE64: found }), message);
      });
    }
  });
});

/** What the official image has and lacks, as far as the Dockerfile can tell: no Python, no trust store, uid 999. */
const likeOfficial = `
ARG BASE_IMAGE
FROM \${BASE_IMAGE}
RUN apt-get purge --yes --auto-remove python3 python3-venv ca-certificates && rm -rf /usr/lib/python3* /etc/ssl/certs
RUN groupmod --gid 999 postgres && usermod --uid 999 --gid 999 postgres
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
`;

describe("the image on a base like the official one", function () {
  this.timeout(600_000);
  this.slow(5_000);
  const tag = "image-test/patroni:like-official";

  before(async () => {
    const platform = `linux/${native}`;
    const base = `${environment("NOMAD_POSTGRES_LAB_REGISTRY")}/lab/postgres:17-trixie`;
    const like = "image-test/like-official:17-trixie";
    const args = { BASE_IMAGE: like, EXTRA_CA_PEM_BASE64: extraCa() };
    await reporter.during("building the image on a base like the official one", async () => {
      await buildDockerfile(labEngine(), likeOfficial, {
        tag: like,
        platform,
        args: { BASE_IMAGE: base },
        pull: true,
      });
      await buildImage(labEngine(), { tag, platform, args });
    });
  });

  describeImage(() => tag, native);
});

describe(`the image for ${foreign}, emulated`, function () {
  this.timeout(2_700_000);
  this.slow(20_000);
  let image = "";

  before(async function () {
    const support =
      foreign === "arm64" ? await ensureArm64({ toolsDir: join(cacheDir, "tools"), reporter }) : undefined;
    if (support?.runs !== true) {
      reporter.say(support?.reason ?? `nothing emulates ${foreign} on ${native} here`);
      this.skip();
    }
    image = await buildFor(foreign);
  });

  describeImage(() => image, foreign);
});
