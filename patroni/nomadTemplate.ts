import { stringify } from "yaml";

/**
 * YAML in which Nomad's template engine fills in some values.
 *
 * A value that Nomad renders must stand in the document without YAML's quotes, because the expression itself
 * writes a whole YAML value. The YAML library would quote it; so it is carried through as a token and put
 * back afterwards.
 */
export class TemplateExpression {
  constructor(readonly text: string) {}
}

/** A value that Nomad's template engine renders, for example `{{ env "node.unique.name" }}`. */
export function expression(text: string): TemplateExpression {
  return new TemplateExpression(text);
}

/** What `templateYaml` can write. */
export type TemplateValue =
  | string
  | number
  | boolean
  | TemplateExpression
  | readonly TemplateValue[]
  | { readonly [key: string]: TemplateValue };

/** Writes a document as YAML, keys in the order given, expressions unquoted. */
export function templateYaml(document: { readonly [key: string]: TemplateValue }): string {
  const expressions: string[] = [];
  const plain = (value: TemplateValue): unknown => {
    if (value instanceof TemplateExpression) {
      expressions.push(value.text);
      return `__expression_${expressions.length - 1}__`;
    }
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, plain(child)]));
    }
    return value;
  };
  const yaml = stringify(plain(document), { lineWidth: 0 });
  return yaml.replace(/__expression_(\d+)__/g, (token, index: string) => expressions[Number(index)] ?? token);
}
