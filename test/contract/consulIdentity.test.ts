import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithPython, PythonRun } from "../support/python";
import { pythonPool } from "../support/pythonPool";
import { ScriptedServer, type Heard, type Said } from "../support/scriptedServer";

/**
 * A client as Patroni's is, around a pool as urllib3's is. It asks for a key at each of the given moments, in seconds,
 * and prints what it got.
 */
const driver = `
import logging, sys
import consul_identity

logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stdout)
address, jwt_file, *moments = sys.argv[1:]

${pythonPool}
class Http:
    def __init__(self):
        self.http, self.base_uri = Pool(), address

class Client:
    def __init__(self, token=None, **options):
        self.token, self.http = token, self.http_connect(**options)
    def http_connect(self, **_):
        return Http()

now = 0
config = {"auth_method": "nomad-tasks", "jwt_file": jwt_file} if jwt_file else {}
http = consul_identity.client(Client, config, {"token": "from-the-config"}).http.http
if isinstance(http, consul_identity.Identified):
    http.clock = lambda: now
for moment in moments:
    now = float(moment)
    try:
        print(http.request("GET", address + "/v1/kv/operations/acme/leader").data.decode())
    except OSError as failure:
        print(failure)
`;

describeWithPython("a member's logins to Consul, with a scripted Consul", function () {
  this.slow(3000);
  let folder: string;
  let jwtFile: string;
  let consul: ScriptedServer;
  let logins: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "consul-identity-"));
    jwtFile = join(folder, "nomad_consul_member.jwt");
    writeFileSync(jwtFile, "the.signed.identity\n");
    consul = await ScriptedServer.start();
    logins = 0;
  });
  afterEach(() => {
    consul.stop();
    rmSync(folder, { recursive: true });
  });

  /** A login that Consul takes; its token lasts an hour. */
  function login(): Said {
    logins++;
    return {
      body: {
        AccessorID: `accessor-${logins}`,
        SecretID: `token-${logins}`,
        CreateTime: "2026-11-23T10:00:00.123456789Z",
        ExpirationTime: "2026-11-23T11:00:00.123456789Z",
      },
    };
  }

  async function run(
    moments: readonly number[],
    key: (heard: Heard) => Said,
    answer: () => Said = login,
    file = jwtFile,
  ): Promise<readonly string[]> {
    consul.play({ "POST /v1/acl/login": answer, "GET /v1/kv/operations/acme/leader": key });
    const code = `import sys; sys.argv[1:] = ${JSON.stringify([consul.address, file, ...moments.map(String)])}\n${driver}`;
    const python = new PythonRun({ code });
    assert.equal(await python.end(), 0, python.output);
    return python.output.trim().split("\n");
  }

  const tokenOf = ({ headers }: Heard): Said => ({ body: String(headers["x-consul-token"]) });

  it("logs in once, with the identity that Nomad wrote, and shows that login's token", async () => {
    assert.deepEqual(await run([0, 10, 1000], tokenOf), [
      "logged in to Consul by auth method nomad-tasks as accessor-1",
      "token-1",
      "token-1",
      "token-1",
    ]);
    const [first] = consul.heard;
    assert.deepEqual(first?.body, { AuthMethod: "nomad-tasks", BearerToken: "the.signed.identity" });
  });

  it("logs in again when half of the token's time is over", async () => {
    const lines = await run([0, 1799, 1801], tokenOf);
    assert.deepEqual(
      lines.filter((line) => line.startsWith("token")),
      ["token-1", "token-1", "token-2"],
    );
  });

  it("sends a request again with another token where Consul doesn't know the one it had", async () => {
    const lines = await run([0, 1], ({ headers }) =>
      headers["x-consul-token"] === "token-1" ? { status: 403, body: "ACL not found" } : { body: "node1" },
    );
    assert.deepEqual(
      lines.filter((line) => !line.startsWith("logged in")),
      ["node1", "node1"],
    );
    assert.equal(logins, 2);
  });

  it("asks once more and not for ever", async () => {
    const lines = await run([0], () => ({ status: 403, body: "ACL not found" }));
    assert.equal(lines.at(-1), "ACL not found");
    assert.equal(logins, 2);
  });

  it("doesn't log in again for what its token may not do", async () => {
    const lines = await run([0], () => ({ status: 403, body: "Permission denied: token lacks key:read" }));
    assert.match(lines.at(-1) ?? "", /lacks key:read/);
    assert.equal(logins, 1);
  });

  it("goes on with the token it has while another can't be had, and tries again after 10 s", async () => {
    const answer = (): Said => (logins === 0 ? login() : { status: 500, body: "No cluster leader" });
    const lines = await run([0, 1801, 1805, 1812], tokenOf, answer);
    assert.deepEqual(
      lines.filter((line) => line.startsWith("token")),
      ["token-1", "token-1", "token-1", "token-1"],
    );
    assert.equal(
      lines.filter((line) => /could not be renewed yet: .*No cluster leader/.test(line)).length,
      2,
    );
  });

  it("says which auth method refused it, and what Consul said, in its log and to Patroni", async () => {
    const lines = await run([0], tokenOf, () => ({ status: 403, body: "Permission denied" }));
    assert.deepEqual(lines, [
      "Consul's auth method nomad-tasks refused this task's identity: Permission denied",
      "Consul's auth method nomad-tasks refused this task's identity: Permission denied",
    ]);
  });

  it("leaves Patroni's own client as it is where no auth method is configured", async () => {
    assert.deepEqual(await run([0], tokenOf, login, ""), ["undefined"]);
  });
});
