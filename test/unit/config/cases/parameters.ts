import { acme, type Case } from "./case";
import { stackWith } from "../sources";

const fieldAllowed = "a field's name: letters, digits, `.`, `_` and `-`, at most 128";
/** PostgreSQL's parameters. */
export const parameterCases: readonly Case[] = [
  acme(
    "parameters that are Patroni's or the image's",
    {
      parameters: {
        listen_addresses: "*",
        hba_file: "x",
        synchronous_standby_names: "*",
        primary_conninfo: "password=x",
      },
    },
    ".parameters.hba_file: found a parameter that is set for you; allowed: none. Leave it out. Patroni writes the file: set `networks.replication` and `networks.clients`.",
    ".parameters.listen_addresses: found a parameter that is set for you; allowed: none. Leave it out. The address is the node's, or the container's in `networkMode: bridge`.",
    ".parameters.primary_conninfo: found a parameter that is set for you; allowed: none. Leave it out. Patroni follows the leader.",
    ".parameters.synchronous_standby_names: found a parameter that is set for you; allowed: none. Leave it out. Patroni names them: set `patroni.synchronousMode`.",
  ),
  acme(
    "values that Patroni would replace by its own",
    {
      parameters: {
        wal_level: "minimal",
        max_connections: 10,
        wal_keep_size: "1MB",
        password_encryption: "md5",
      },
    },
    ".parameters.max_connections: found 10; allowed: a whole number from 25 to 262143.",
    '.parameters.password_encryption: found "md5"; allowed: `scram-sha-256`.',
    '.parameters.wal_keep_size: found "1MB"; allowed: a whole number from 16 to 2147483647 in units of MB, or with a unit behind it: B, kB, MB, GB or TB.',
    '.parameters.wal_level: found "minimal"; allowed: `replica`, `logical`.',
  ),
  acme(
    "parameters that PostgreSQL doesn't know, or not so",
    {
      parameters: {
        work_meme: "4MB",
        Work_Mem: "4MB",
        quux: 1,
        autovacuum: "maybe",
        work_mem: "4MiB",
        x: [1],
      },
    },
    ".parameters.Work_Mem: unknown key `Work_Mem`; did you mean `work_mem`?",
    '.parameters.autovacuum: found "maybe"; allowed: `on` or `off`.',
    ".parameters.quux: found an unknown parameter; allowed: parameters of PostgreSQL 17, and those of extensions with a dot in their names.",
    '.parameters.work_mem: found "4MiB"; allowed: a whole number from 64 to 2147483647 in units of kB, or with a unit behind it: B, kB, MB, GB or TB.',
    ".parameters.work_meme: unknown key `work_meme`; did you mean `work_mem`?",
    ".parameters.x: found [1]; allowed: a text, a number, `true` or `false`.",
  ),
  acme(
    "texts that Nomad's template would read",
    { parameters: { log_line_prefix: '{{ env "X" }}', archive_command: "a\nb", "my.setting": "}}" } },
    '.parameters.archive_command: found "a\\nb"; allowed: a text of one line, without `{{` and `}}`.',
    '.parameters.log_line_prefix: found "{{ env \\"X\\" }}"; allowed: a text of one line, without `{{` and `}}`.',
    '.parameters["my.setting"]: found "}}"; allowed: a text of one line, without `{{` and `}}`.',
  ),
];

/** Existing secrets. */
export const credentialCases: readonly Case[] = [
  acme(
    "an existing secret without a path, and with one field for two things",
    { credentials: { existing: { fields: { superuserUsername: "user", rewindUsername: "user" } } } },
    ".credentials.existing: found no `path`; allowed: a map with the `path` of the secret.",
    ".credentials.existing.fields: found the field `user` twice; allowed: six different fields: superuser, replication and rewind have credentials of their own.",
  ),
  acme(
    "a password where a field's name belongs, and elsewhere",
    {
      credentials: { existing: { path: "x", fields: { superuserPassword: "hunter 2!" } } },
      password: "hunter2",
    },
    `.credentials.existing.fields.superuserPassword: found a text that is not shown, because it may be a secret; allowed: ${fieldAllowed}.`,
    ".password: unknown key `password`; allowed: `members`, `postgresVersion`, `parameters`, `resources`, `storage`, `networks`, `placement`, `driver`, `networkMode`, `patroni`, `credentials`, `databases`, `roles`, `allow`, `postgresPort`, `access`, `timeouts`.",
  ),
  {
    title: "a secret that belongs to another cluster",
    raw: stackWith({
      acme: {},
      beta: { credentials: { existing: { mount: "/secret/", path: "postgres/acme/" } } },
      gamma: { credentials: { existing: { mount: "kv", path: "db" } } },
      zeta: { credentials: { existing: { mount: "kv/", path: "/db" } } },
    }),
    lines: [
      "tenants.beta.credentials.existing.path: found the secret `postgres/acme` in `secret`, which is also that of `tenants.acme`; allowed: a secret of its own for each cluster.",
      "tenants.zeta.credentials.existing.path: found the secret `db` in `kv`, which is also that of `tenants.gamma`; allowed: a secret of its own for each cluster.",
    ],
  },
];
