import { randomInt } from "node:crypto";

/** What a password is made of. */
export interface PasswordRules {
  readonly length: number;
  readonly upper: boolean;
  readonly lower: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minUpper: number;
  readonly minLower: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  /** In place of the special characters. */
  readonly overrideSpecial: string | undefined;
}

const upperCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const lowerCharacters = "abcdefghijklmnopqrstuvwxyz";
const numericCharacters = "0123456789";
// The Terraform provider's own (`internal/random/string.go`).
const specialCharacters = "!@#$%&*()-_=+[]{}<>:?";

/** Why no password can follow the rules, or undefined when one can. */
export function impossible(rules: PasswordRules): string | undefined {
  const least = rules.minUpper + rules.minLower + rules.minNumeric + rules.minSpecial;
  if (rules.length < 1) return `"length" must be at least 1, found ${rules.length}`;
  if (rules.length < least) {
    return `"length" is ${rules.length}, but minUpper, minLower, minNumeric and minSpecial add up to ${least}`;
  }
  if (rules.upper || rules.lower || rules.numeric || rules.special) return undefined;
  return `at least one of "upper", "lower", "numeric" and "special" must be true`;
}

/** A password by the rules, from the system's cryptographic random numbers. */
export function makePassword(rules: PasswordRules): string {
  const special =
    rules.overrideSpecial === undefined || rules.overrideSpecial === ""
      ? specialCharacters
      : rules.overrideSpecial;
  const all =
    (rules.upper ? upperCharacters : "") +
    (rules.lower ? lowerCharacters : "") +
    (rules.numeric ? numericCharacters : "") +
    (rules.special ? special : "");
  const characters = [
    ...pick(upperCharacters, rules.minUpper),
    ...pick(lowerCharacters, rules.minLower),
    ...pick(numericCharacters, rules.minNumeric),
    ...pick(special, rules.minSpecial),
  ];
  characters.push(...pick(all, rules.length - characters.length));
  return shuffled(characters).join("");
}

function pick(characters: string, count: number): string[] {
  return Array.from({ length: count }, () => characters.charAt(randomInt(characters.length)));
}

/** Fisher and Yates's shuffle: without it the required characters would always come first. */
function shuffled(characters: readonly string[]): string[] {
  const result: string[] = [];
  for (const character of characters) {
    const place = randomInt(result.length + 1);
    const displaced = result[place];
    result[place] = character;
    if (displaced !== undefined) result.push(displaced);
  }
  return result;
}
