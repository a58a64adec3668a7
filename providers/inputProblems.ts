/** Something wrong with one input, as Pulumi shows it next to the resource. */
export interface InputProblem {
  /** Name of the input, with dots inside an object: `fields.rewindPassword`. */
  readonly property: string;
  readonly reason: string;
}

/** Inputs as Pulumi hands them over: nothing is known of their types. */
export type RawInputs = Readonly<Record<string, unknown>>;

/**
 * What an input holds in a preview while its value isn't known yet (`rpc.unknownValue` of `@pulumi/pulumi`, and
 * its equivalents for other types all arrive as this text in a dynamic provider).
 */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Collects every problem of a resource's inputs. A value that isn't known yet has none. */
export class InputProblems {
  readonly list: InputProblem[] = [];

  constructor(
    private readonly inputs: RawInputs,
    private readonly prefix = "",
  ) {}

  /** Adds a problem. */
  add(property: string, reason: string): void {
    this.list.push({ property: this.prefix + property, reason });
  }

  /** Text that isn't empty and, if said, matches. `form` says what is allowed: `a name such as acme`. */
  text(property: string, form: string, pattern = /./): void {
    const value = this.inputs[property];
    if (value === unknownValue) return;
    if (typeof value !== "string" || !pattern.test(value)) this.add(property, expected(form, value));
  }

  /** The base URL of an HTTP API. */
  address(property: string): void {
    this.text(property, "an address such as http://127.0.0.1:8200", /^https?:\/\/[^/\s]+/);
  }

  /** A number above zero. */
  seconds(property: string): void {
    const value = this.inputs[property];
    if (value !== unknownValue && !(typeof value === "number" && value > 0))
      this.add(property, expected("a number of seconds above 0", value));
  }

  /** One of a few words. */
  oneOf(property: string, words: readonly string[]): void {
    const value = this.inputs[property];
    if (value !== unknownValue && !words.some((word) => word === value))
      this.add(property, expected(words.map((word) => `"${word}"`).join(" or "), value));
  }

  /** An object whose inputs are looked at by `look`. */
  object(property: string, look: (problems: InputProblems, inputs: RawInputs) => void): void {
    const value = this.inputs[property];
    if (value === unknownValue) return;
    if (typeof value !== "object" || value === null) {
      this.add(property, expected("an object", value));
      return;
    }
    const inner = new InputProblems(value as RawInputs, `${this.prefix}${property}.`);
    look(inner, value as RawInputs);
    this.list.push(...inner.list);
  }
}

function expected(form: string, value: unknown): string {
  return `must be ${form}, ${value === undefined ? "and is missing" : `not ${JSON.stringify(value)}`}`;
}
