const host = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?`;
const segment = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`;
const repository = String.raw`(?:${host}/)?${segment}(?:/${segment})*`;
const tagOrDigest = String.raw`(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?`;

const repositoryPattern = new RegExp(`^${repository}$`);
const referencePattern = new RegExp(`^${repository}${tagOrDigest}$`);

/** Whether a text names a repository, with or without a registry, and neither tag nor digest. https://github.com/distribution/reference */
export function isImageRepository(text: string): boolean {
  return text.length <= 255 && repositoryPattern.test(text);
}

/** Whether a text names an image: a repository, with or without a tag or digest. */
export function isImageReference(text: string): boolean {
  return text.length <= 511 && referencePattern.test(text);
}
