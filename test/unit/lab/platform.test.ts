import { strict as assert } from "node:assert";
import { createServer, type AddressInfo } from "node:net";
import { containersOf } from "../../../lab/platform/containers";
import { meaningfulLines } from "../../../lab/platform/logTail";
import { mountPointsIn } from "../../../lab/platform/mounts";
import { hasListener, portClashMessage, portHolder, takenPorts } from "../../../lab/platform/portUse";
import { DeadlineError, holds, notYet, waitUntil } from "../../../lab/platform/waiting";
import { UserError } from "../../../lab/userError";

describe("a taken port", () => {
  const http = { address: "127.0.0.1", port: 8500, purpose: "HTTP", protocols: ["tcp"] } as const;

  it("is named with its part and its holder, and with the way out", () => {
    assert.equal(
      portClashMessage([{ ...http, part: "Consul server", holder: "42 (consul)" }], 0),
      "The lab can't start because a port it needs is in use:\n" +
        "  127.0.0.1:8500, for Consul server (HTTP), is taken by process 42 (consul)\n" +
        "Stop what holds it, or move the lab to other ports: NOMAD_POSTGRES_LAB_PORT_OFFSET=1000 " +
        "(any multiple of 1000 up to 11000).",
    );
  });

  it("comes with all others, and a suggestion that differs from what was tried", () => {
    const clash = { ...http, part: "Consul server", holder: undefined };
    const message = portClashMessage([clash, { ...clash, port: 8301 }], 11000);
    assert.match(message, /8500.*by another process\n.*8301.*by another process\n.*OFFSET=0 /s);
  });

  it("is found, and who holds it", async () => {
    // An address where nobody else listens: once the port is free again, no other test takes it.
    const address = "127.0.0.201";
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    const { port } = server.address() as AddressInfo;
    const use = { ...http, address, port };
    assert.deepEqual(await takenPorts([use]), [use]);
    assert.match(portHolder(address, port) ?? "", new RegExp(`^${process.pid} \\(`));
    assert.equal(hasListener(address), true);
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(await takenPorts([use]), []);
    assert.equal(portHolder(address, port), undefined);
    assert.equal(hasListener(address), false);
  });
});

describe("the telling lines of a log", () => {
  it("are its last errors", () => {
    const log = "[ERROR] a\n[WARN] b\n[ERROR] c\n\n[INFO] d\npanic: e\n";
    assert.deepEqual(meaningfulLines(log, 2), ["[ERROR] c", "panic: e"]);
  });

  it("are its last warnings when it has no errors", () => {
    assert.deepEqual(meaningfulLines("[WARN] a\n[INFO] b\n", 2), ["[WARN] a"]);
  });

  it("are its last lines when it has neither", () => {
    assert.deepEqual(meaningfulLines("a\nb\nunknown storage type file\n", 2), [
      "b",
      "unknown storage type file",
    ]);
    assert.deepEqual(meaningfulLines("", 2), []);
  });
});

describe("a lab's containers", () => {
  const label = "com.hashicorp.nomad.alloc_id";
  const nodes = [
    { node: "node1", folder: "/lab/data/nomad-node1/alloc", ids: new Set(["a1"]) },
    { node: "node2", folder: "/lab/data/nomad-node2/alloc", ids: new Set(["a2"]) },
  ];
  const container = (
    id: string,
    alloc: string | undefined,
    mount?: string,
  ): Parameters<typeof containersOf>[0][0] => ({
    Id: id,
    Names: [`/${id}`],
    Labels: alloc === undefined ? {} : { [label]: alloc },
    Mounts: mount === undefined ? [] : [{ Source: mount }],
  });

  it("are those of its nodes' allocations, and no others", () => {
    const listed = [
      container("task", "a2", "/lab/data/nomad-node2/alloc/a2/task"),
      container("pause", "a1"),
      container("collected", "a0", "/lab/data/nomad-node1/alloc/a0/task"),
      container("of another lab", "b1", "/lab2/data/nomad-node1/alloc/b1/task"),
      container("of nobody", undefined, "/lab/data/nomad-node1/alloc/a1"),
      container("beside", "b2", "/lab/data/nomad-node1/alloc-other/b2"),
    ];
    assert.deepEqual(
      containersOf(listed, nodes).map(({ name, node }) => `${name} on ${node}`),
      ["task on node2", "pause on node1", "collected on node1"],
    );
  });
});

describe("mount points", () => {
  it("are found inside a folder only, the innermost first, escapes undone", () => {
    const mounts = [
      "tmpfs /lab/a tmpfs rw 0 0",
      "tmpfs /lab/a/b\\040c tmpfs rw 0 0",
      "tmpfs /lab tmpfs rw 0 0",
      "tmpfs /laboratory/x tmpfs rw 0 0",
      "",
    ].join("\n");
    assert.deepEqual(mountPointsIn(mounts, "/lab"), ["/lab/a/b c", "/lab/a"]);
  });
});

describe("waiting", () => {
  it("ends when the condition holds, having told what it saw, once each", async () => {
    const seen: string[] = [];
    let looks = 0;
    const look = (): Promise<ReturnType<typeof notYet>> => {
      looks += 1;
      if (looks === 3) throw new Error("refused");
      return Promise.resolve(looks > 3 ? holds : notYet("sealed"));
    };
    await waitUntil(look, { withinSeconds: 5, everyMilliseconds: 1, note: (what) => seen.push(what) });
    assert.deepEqual(seen, ["sealed", "refused"]);
  });

  it("fails at its deadline with what was last seen", async () => {
    const waiting = waitUntil(() => Promise.resolve(notYet("sealed")), {
      withinSeconds: 0.02,
      everyMilliseconds: 1,
    });
    await assert.rejects(waiting, (error) => error instanceof DeadlineError && error.lastSeen === "sealed");
  });

  it("fails at once with what a person must mend", async () => {
    const mend = new UserError("The keys are gone.");
    await assert.rejects(
      waitUntil(() => Promise.reject(mend), { withinSeconds: 60 }),
      mend,
    );
  });
});
