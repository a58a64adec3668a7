/** Texts that only secrets look like, and what to call each. */
const signs: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "a private key"],
  [/(?<![\w.])hv[sbr]\.[\w-]{20,}/, "a token of Vault"],
  [/(?<!\w)(?:AKIA|ASIA)[0-9A-Z]{16}(?!\w)/, "an access key of AWS"],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i, "a password in an address"],
  // A value that begins with a brace, a dollar or a slash is a template, a variable or a file.
  [
    /(?<![a-z])(?:pg)?(?:pass(?:word|wd|phrase)?|secret|token|(?:api|access|secret)[_-]?key)["']?\s*[=:](?!=)\s*["']?(?![\s"'{}$</])\S{4,}/i,
    "a password or token behind its name",
  ],
];

/** What a text looks like that should be in no document, or undefined. The answer never holds any of the text. */
export function secretSign(text: string): string | undefined {
  return signs.find(([pattern]) => pattern.test(text))?.[1];
}
