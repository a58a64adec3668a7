import fc from "fast-check";
import { controlledParameters, narrowedParameters } from "../../../config/postgresParameters/controlled";
import type { ParameterType } from "../../../config/postgresParameters/parameterType";
import type { ParameterValue } from "../../../config/postgresParameters/parameterValue";
import { postgres17Parameters } from "../../../config/postgresParameters/postgres17";

// Rules hold between these and other settings.
const related = [
  "shared_buffers",
  "superuser_reserved_connections",
  "reserved_connections",
  "synchronous_commit",
];

const free = Object.entries<ParameterType>(postgres17Parameters).filter(
  ([name]) => !controlledParameters.has(name) && !narrowedParameters.has(name) && !related.includes(name),
);

/** Texts of one line with all that quoting may get wrong, except the braces of Nomad's templates. */
const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom("'", '"', "\\", "%", "$", "{", "}", "#", ":", " ", "-"),
      fc.string({ minLength: 1, maxLength: 1, unit: "grapheme" }),
    ),
  })
  .filter((value) => !/\p{Cc}|\{\{|\}\}/u.test(value));

function valueOf(type: ParameterType): fc.Arbitrary<ParameterValue> {
  switch (type.kind) {
    case "boolean":
      return fc.constantFrom<ParameterValue>(true, false, "on", "off", "yes", 0);
    case "text":
      return text;
    case "choice":
      return fc.constantFrom<ParameterValue>(...type.choices, ...(type.boolean ? [true, "off"] : []));
    case "integer":
      return fc
        .integer({ min: type.min, max: type.max })
        .chain((value) => fc.constantFrom(value, String(value)));
    case "real":
      return fc.double({ min: type.min, max: Math.min(type.max, 1e9), noNaN: true });
  }
}

const ownParameter = fc
  .constantFrom(...free)
  .chain(([name, type]) => valueOf(type).map((value): [string, ParameterValue] => [name, value]));

const extensionParameter = fc.tuple(
  fc.constantFrom("pg_stat_statements.max", "auto_explain.log_min_duration", "my_ext.a.b"),
  fc.oneof<fc.Arbitrary<ParameterValue>[]>(text, fc.integer(), fc.boolean()),
);

/** Parameters that a cluster may have whatever its other settings are. */
export const arbitraryParameters: fc.Arbitrary<Record<string, ParameterValue>> = fc
  .array(fc.oneof({ weight: 4, arbitrary: ownParameter }, { weight: 1, arbitrary: extensionParameter }), {
    maxLength: 6,
  })
  .map((entries) => Object.fromEntries(entries));
