import { nearestSpelling } from "../config/spelling";
import { CommandError } from "./commandError";

/** What a command knows on its command line; names with their dashes. */
export interface KnownWords {
  /** Those that take no value. */
  readonly switches: readonly string[];
  /** Those that take one. */
  readonly options: readonly string[];
  /** Shown with what is wrong. */
  readonly usage: string;
}

/** One letter in place of a word, as with `pulumi`. */
const short: Readonly<Record<string, string>> = { "-s": "--stack", "-h": "--help" };

/**
 * Reads a command line: `--name value` and `--name=value`. What was given is in the map, switches with an empty text.
 *
 * @throws {CommandError} for what the command doesn't know
 */
export function readCommandLine(args: readonly string[], known: KnownWords): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const rest = args.flatMap((arg) => splitOption(arg, known));
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const name = short[word] ?? word;
    if (known.switches.includes(name)) values.set(name, "");
    else if (known.options.includes(name)) {
      const value = rest.shift();
      if (value === undefined || value === "" || value.startsWith("--"))
        throw new CommandError(`${name} needs a value.\n\n${known.usage}`);
      values.set(name, value);
    } else throw unknown(word, known);
  }
  return values;
}

function splitOption(arg: string, { options }: KnownWords): readonly string[] {
  const equals = arg.indexOf("=");
  const isOption = equals > 0 && options.includes(arg.slice(0, equals));
  return isOption ? [arg.slice(0, equals), arg.slice(equals + 1)] : [arg];
}

function unknown(word: string, { switches, options, usage }: KnownWords): CommandError {
  const meant = nearestSpelling(word, [...switches, ...options]);
  const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
  return new CommandError(`There is no "${word}".${hint}\n\n${usage}`);
}
