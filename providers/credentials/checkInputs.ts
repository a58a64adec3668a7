import type { CredentialFields } from "../../config/model";
import { credentialParts, defaultUsernames, sharedFieldNames } from "../../patroni/credentials";
import { InputProblems, unknownValue, type InputProblem, type RawInputs } from "../inputProblems";

const usernameParts = ["superuser", "replication", "rewind"] as const;

/** Vault's own rule for a mount or path is looser; these are the ones that every tool takes. */
const vaultPath = /^[^/\s][^\s]*[^/\s]$|^[^/\s]$/;

/** The inputs with their defaults. */
export function withDefaults(inputs: RawInputs): RawInputs {
  return { ...inputs, usernames: inputs["usernames"] ?? defaultUsernames };
}

/** Every input that can't be used. Needs no network; values that aren't known yet pass. */
export function checkCredentialsInputs(inputs: RawInputs): readonly InputProblem[] {
  const problems = new InputProblems(inputs);
  problems.text("cluster", "a cluster's name");
  problems.address("vaultAddress");
  problems.text("mount", "a mount without slashes at its ends, such as secret", vaultPath);
  problems.text("path", "a path without slashes at its ends, such as postgres/acme", vaultPath);
  problems.oneOf("whenRemoved", ["keep", "delete"]);
  problems.seconds("timeoutSeconds");
  problems.object("usernames", (inner) => {
    for (const part of usernameParts) inner.text(part, "a PostgreSQL role, such as postgres");
  });
  problems.object("fields", (inner, names) => {
    for (const part of credentialParts) inner.text(part, "the name of a field in the secret");
    if (inner.list.length > 0 || credentialParts.some((part) => names[part] === unknownValue)) return;
    for (const name of sharedFieldNames(names as unknown as CredentialFields)) {
      const [, second] = credentialParts.filter((part) => names[part] === name);
      inner.add(second ?? "", `must be a name of its own: "${name}" stands for another part already`);
    }
  });
  return problems.list;
}
