import { createHash } from "node:crypto";

/** All that decides what is in an image. */
export interface ImageContent {
  /** PostgreSQL's major version. */
  readonly postgresVersion: number;
  /** Every file of the build context as a pair of its path in there and its content. One is `requirements.txt`. */
  readonly files: readonly (readonly [path: string, content: string])[];
  /** Build arguments by name. */
  readonly args: Readonly<Record<string, string>>;
}

/** Name of the file that pins Patroni's version, in the build context. */
const requirementsFile = "requirements.txt";

/**
 * An image's tag without its architecture: `<postgres>-<patroni>-<12 hex digits>`. The digits follow from the
 * files and arguments alone: not from their order, from line endings, or from the machine. So the tag is known
 * before anything is built, and what has not changed keeps it.
 * @throws {Error} when `requirements.txt` is not among the files or pins no version of Patroni.
 */
export function imageTagPrefix(content: ImageContent): string {
  return `${content.postgresVersion}-${patroniVersion(content.files)}-${contentHash(content)}`;
}

/** The version of Patroni that requirements.txt pins, which is the one that the image is built with. */
function patroniVersion(files: ImageContent["files"]): string {
  const requirements = files.find(([path]) => path === requirementsFile)?.[1];
  const version = /^patroni==([0-9A-Za-z.]+)/m.exec(requirements ?? "")?.[1];
  if (version === undefined) throw new Error(`${requirementsFile} does not pin a version of patroni`);
  return version;
}

function contentHash({ postgresVersion, files, args }: ImageContent): string {
  const document = {
    postgresVersion,
    files: sortedPairs(files.map(([path, content]) => [path.replace(/\\/g, "/"), unixLines(content)])),
    args: sortedPairs(Object.entries(args)),
  };
  return createHash("sha256").update(JSON.stringify(document)).digest("hex").slice(0, 12);
}

/** Pairs in the order of their names' code units, which no locale changes. */
function sortedPairs(pairs: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  return [...pairs].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
}

function unixLines(text: string): string {
  return text.replace(/\r\n/g, "\n");
}
