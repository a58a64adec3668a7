import assert from "node:assert/strict";
import { postgres17Parameters } from "../../../config/postgresParameters/postgres17";
import { postgres17Contexts } from "../../../config/postgresParameters/postgres17Contexts";
import { patroniControlledParameters, restartParameters } from "../../../patroni/restartParameters";

describe("the contexts of PostgreSQL 17's parameters", () => {
  it("are known for every parameter that can be set, one each", () => {
    const names = Object.values(postgres17Contexts).flat();
    assert.equal(new Set(names).size, names.length);
    const settable = new Set(names.filter((name) => !postgres17Contexts.internal.includes(name)));
    const ours = Object.keys(postgres17Parameters).map((name) => name.toLowerCase());
    assert.deepEqual(
      ours.filter((name) => !settable.has(name)),
      [],
    );
  });

  it("decide what takes a restart", () => {
    for (const name of ["shared_buffers", "max_connections", "wal_level", "debug_io_direct"])
      assert.ok(restartParameters.has(name), name);
    for (const name of ["work_mem", "wal_keep_size", "checkpoint_timeout", "log_connections"])
      assert.ok(!restartParameters.has(name), name);
    const atReload = [...patroniControlledParameters].filter((name) => !restartParameters.has(name));
    assert.deepEqual(atReload, ["wal_keep_size"]);
  });
});
