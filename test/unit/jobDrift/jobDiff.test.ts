import assert from "node:assert/strict";
import { foreignChanges } from "../../../patroni/jobDrift/jobDiff";
import { parseJobPlan } from "../../../patroni/jobDrift/jobPlan";
import { field, jobDiff, object, planAnswer } from "../../support/jobDiffs";

describe("what differs in a job by Nomad's own comparison", () => {
  it("is nothing where Nomad finds nothing, or what isn't changed", () => {
    const nothing = { changed: [], added: [] };
    assert.deepEqual(
      foreignChanges({ Type: "None", Fields: null, Objects: null, TaskGroups: null }),
      nothing,
    );
    assert.deepEqual(foreignChanges(undefined), nothing);
    const objects = [object("None", "Resources", [field("CPU", "100", "100")])];
    assert.deepEqual(
      foreignChanges(jobDiff({ group: { fields: [field("Count", "3", "3")] }, task: { objects } })),
      nothing,
    );
  });

  it("is told as what somebody did to the program's job", () => {
    const stop = { fields: [field("Priority", "60", "70"), field("Stop", "true", "false")] };
    const task = {
      fields: [field("KillTimeout", "50000000000", "60000000000")],
      objects: [
        object("Edited", "Resources", [field("CPU", "100", "100"), field("MemoryMB", "1024", "512")]),
        object("Edited", "Config", [field("image", "b", "a"), field("args[0]", "/x", "/x")]),
        object(
          "Edited",
          "Service",
          [field("Name", "postgres-acme", "postgres-acme")],
          [
            object("Edited", "Check", [
              field("Name", "alive", "alive"),
              field("Interval", "500000000", "10000000000"),
            ]),
          ],
        ),
      ],
    };
    assert.deepEqual(
      foreignChanges(jobDiff({ job: stop, group: { fields: [field("Count", "2", "3")] }, task })),
      {
        changed: [
          "group members: count 3 → 2",
          "job: priority 70 → 60",
          "stopped",
          'task patroni: config.image "a" → "b"',
          "task patroni: killTimeout 60 s → 50 s",
          "task patroni: resources.memoryMB 512 → 1024",
          "task patroni: service postgres-acme.check alive.interval 10 s → 500 ms",
        ],
        added: [],
      },
    );
  });

  it("tells what was added and removed from what was changed", () => {
    const rule = (operand: string) => [
      field(
        "LTarget",
        operand === "=" ? "${attr.kernel.name}" : "",
        operand === "=" ? "" : "${attr.kernel.name}",
      ),
      field("Operand", operand === "=" ? "=" : "", operand === "=" ? "" : "!="),
      field("RTarget", operand === "=" ? "linux" : "", operand === "=" ? "" : "plan9"),
    ];
    const job = {
      fields: [field("Meta[owner]", "dba", "")],
      objects: [object("Deleted", "Constraint", rule("=")), object("Added", "Constraint", rule("!="))],
    };
    const task = { objects: [object("Deleted", "Service", [field("Name", "more", "")])] };
    assert.deepEqual(foreignChanges(jobDiff({ job, task })), {
      changed: ["job: constraint ${attr.kernel.name} != plan9 removed"],
      added: [
        "job: constraint ${attr.kernel.name} = linux added",
        'job: meta[owner] "dba" added',
        "task patroni: service more added",
      ],
    });
  });

  it("tells a group or a task that came or went as a whole", () => {
    const other = (Type: string, Name: string) => ({
      Type,
      Name,
      Fields: [field("Count", "1", "")],
      Tasks: [],
    });
    assert.deepEqual(foreignChanges({ TaskGroups: [other("Deleted", "more"), other("Added", "members")] }), {
      changed: ["group members removed"],
      added: ["group more added"],
    });
  });

  it("names a move that is under way, and not its constraint", () => {
    const rule = [
      field("LTarget", "${node.unique.id}", ""),
      field("Operand", "set_contains_any", ""),
      field("RTarget", "1-1,2-2,move from node1 to node2", ""),
    ];
    assert.deepEqual(foreignChanges(jobDiff({ job: { objects: [object("Deleted", "Constraint", rule)] } })), {
      changed: ["a move of node1 to node2 under way (npm run move)"],
      added: [],
    });
  });

  it("shows no value that may be a password, and no text of many lines", () => {
    const word = "hunter2-in-clear";
    const task = {
      fields: [field("Env[ANYTHING]", word, ""), field("Meta[dbPassword]", word, "x")],
      objects: [
        object("Edited", "Config", [
          field("args[1]", `--password=${word}`, "--verbose"),
          field("auth[0][username]", word, "me"),
        ]),
        object("Edited", "Template", [
          field("DestPath", "secrets/patroni.yml", "secrets/patroni.yml"),
          field("EmbeddedTmpl", `password: ${word}\n`, "password: {{ .Data.word }}\n"),
        ]),
      ],
    };
    const found = foreignChanges(jobDiff({ task }));
    assert.doesNotMatch(JSON.stringify(found), new RegExp(word));
    assert.deepEqual(found, {
      changed: [
        'task patroni: config.args[1] "--verbose" → (not shown)',
        "task patroni: config.auth[0][username] (not shown) → (not shown)",
        "task patroni: meta[dbPassword] (not shown) → (not shown)",
        "task patroni: template secrets/patroni.yml.embeddedTmpl changed",
      ],
      added: ["task patroni: env[ANYTHING] (not shown) added"],
    });
  });

  it("is bounded, and the same whatever Nomad's order", () => {
    const metas = Array.from({ length: 40 }, (_, at) => field(`Meta[m${at}]`, "v".repeat(10_000), "x"));
    const { changed } = foreignChanges(jobDiff({ job: { fields: metas } }));
    assert.equal(changed.length, 13);
    assert.equal(changed.at(-1), "and 28 more");
    assert.ok(changed.every((words) => words.length < 200));
    assert.deepEqual(foreignChanges(jobDiff({ job: { fields: [...metas].reverse() } })).changed, changed);
  });
});

describe("Nomad's plan of a job", () => {
  it("says what it would do to members, and the index of the job that it has", () => {
    const diff = jobDiff({ group: { fields: [field("Count", "1", "3")] } });
    assert.deepEqual(parseJobPlan(planAnswer(41, diff, { Place: 2, DestructiveUpdate: 1 })), {
      modifyIndex: 41,
      changes: { changed: ["group members: count 3 → 1"], added: [] },
      updates: { start: 2, stop: 0, replace: 1, stay: 0 },
    });
  });

  it("differs from nothing where Nomad has no such job", () => {
    const { changes, modifyIndex } = parseJobPlan(
      planAnswer(0, { Type: "Added", Fields: [field("ID", "", "x")] }),
    );
    assert.deepEqual([changes, modifyIndex], [{ changed: [], added: [] }, 0]);
  });
});
