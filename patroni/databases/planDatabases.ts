import type { AllowedDrop, DeclaredDatabase } from "../../config/model";
import { own, type Found, type Objects } from "./model";
import { quoted, type Step } from "./step";

/** What makes databases as they are wanted, what is in them aside. Those that nobody declares are left alone. */
export function planDatabases(wanted: Objects["databases"], found: Found["databases"]): readonly Step[] {
  return Object.entries(wanted).flatMap(([name, { owner }]): readonly Step[] => {
    const standing = own(found, name);
    const subject = `database ${name}`;
    if (standing === undefined) {
      const statement = `CREATE DATABASE ${quoted(name)} OWNER ${quoted(owner)}`;
      return [{ subject, difference: "isn't there", remedy: "created", statement }];
    }
    if (standing.owner === owner) return [];
    const difference = `belongs to ${standing.owner}`;
    const statement = `ALTER DATABASE ${quoted(name)} OWNER TO ${quoted(owner)}`;
    return [{ subject, difference, remedy: `given to ${owner}`, statement }];
  });
}

/** What creates a database's missing extensions, to be run in that database. One that is there is never dropped. */
export function planExtensions(
  name: string,
  { extensions }: DeclaredDatabase,
  standing: readonly string[],
): readonly Step[] {
  return extensions
    .filter((extension) => !standing.includes(extension))
    .map((extension) => ({
      subject: `database ${name}`,
      difference: `lacks the extension ${extension}`,
      remedy: `extension ${extension} created`,
      statement: `CREATE EXTENSION ${quoted(extension)}`,
    }));
}

/** What drops what is to go and is there, databases first: roles own them. */
export function planDrops(drops: readonly AllowedDrop[], found: Found): readonly Step[] {
  const steps = (["database", "role"] as const).map((kind) =>
    drops
      .filter((drop) => drop.kind === kind && Object.hasOwn(found[`${kind}s`], drop.name))
      .map(({ name }) => ({
        subject: `${kind} ${name}`,
        difference: "is to go",
        remedy: kind === "database" ? "dropped, with all its data" : "dropped",
        statement: `DROP ${kind.toUpperCase()} ${quoted(name)}`,
      })),
  );
  return steps.flat();
}
