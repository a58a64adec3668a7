import * as path from "node:path";
import ts from "typescript";

/** A type's shape, in JSON's terms. A field that may be absent is optional. */
export type Shape =
  | "string"
  | "number"
  | "boolean"
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly object: Fields };

/** Fields by name. */
export type Fields = Readonly<Record<string, { readonly optional: boolean; readonly shape: Shape }>>;

/** A type for {@link typeFields}: a resource's outputs, unwrapped. The module imports `@pulumi/pulumi` as `pulumi`. */
export const outputsType = `type Outputs<R> = {
  [K in keyof R as K extends "id" | "urn" ? never : R[K] extends pulumi.Output<infer _> ? K : never]:
    R[K] extends pulumi.Output<infer T> ? T : never;
};`;

const projectDir = path.join(__dirname, "../..");

/**
 * Asks the TypeScript compiler what types look like to a program.
 *
 * @param source A module that exports type aliases; it may import what the project's files can.
 * @returns the fields of each alias.
 * @throws when it doesn't compile, or a type has no counterpart in JSON.
 */
export function typeFields(source: string): Readonly<Record<string, Fields>> {
  const file = path.join(projectDir, "type-shape.virtual.ts");
  const options: ts.CompilerOptions = {
    ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true, noEmit: true, types: [] },
    target: ts.ScriptTarget.ES2020,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const readSource = host.getSourceFile.bind(host);
  host.getSourceFile = (name, languageVersion, ...rest) =>
    name === file
      ? ts.createSourceFile(name, source, languageVersion)
      : readSource(name, languageVersion, ...rest);
  const program = ts.createProgram([file], options, host);
  const sourceFile = program.getSourceFile(file);
  if (sourceFile === undefined) throw new Error("the virtual module is not part of the program");
  const errors = program.getSemanticDiagnostics(sourceFile);
  if (errors.length > 0) throw new Error(ts.formatDiagnostics(errors, host));
  const checker = program.getTypeChecker();
  const aliases = sourceFile.statements
    .filter(ts.isTypeAliasDeclaration)
    .filter((alias) => alias.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword));
  return Object.fromEntries(
    aliases.map((alias) => [
      alias.name.text,
      fieldsOf(checker, alias, checker.getTypeAtLocation(alias.name)),
    ]),
  );
}

function fieldsOf(checker: ts.TypeChecker, place: ts.Node, type: ts.Type): Fields {
  const fields = type.getProperties().map((property) => {
    const propertyType = checker.getTypeOfSymbolAtLocation(property, place);
    const mayBeUndefined = isUnion(propertyType) && propertyType.types.some(isUndefined);
    const optional = mayBeUndefined || (property.flags & ts.SymbolFlags.Optional) !== 0;
    const shape = shapeOf(checker, place, checker.getNonNullableType(propertyType), property.name);
    return [property.name, { optional, shape }] as const;
  });
  return Object.fromEntries(fields);
}

function shapeOf(checker: ts.TypeChecker, place: ts.Node, type: ts.Type, name: string): Shape {
  if (has(type, ts.TypeFlags.StringLike) || isStrings(type)) return "string";
  if (has(type, ts.TypeFlags.NumberLike)) return "number";
  if (has(type, ts.TypeFlags.BooleanLike)) return "boolean";
  const element = checker.isArrayType(type)
    ? checker.getIndexTypeOfType(type, ts.IndexKind.Number)
    : undefined;
  if (element !== undefined) return { list: shapeOf(checker, place, element, `${name}[]`) };
  const values = checker.getIndexTypeOfType(type, ts.IndexKind.String);
  if (values !== undefined) return { map: shapeOf(checker, place, values, `${name}{}`) };
  if (has(type, ts.TypeFlags.Object)) return { object: fieldsOf(checker, place, type) };
  throw new Error(`${name} is ${checker.typeToString(type)}, which has no counterpart in JSON`);
}

/** An enumeration of texts. */
function isStrings(type: ts.Type): boolean {
  return isUnion(type) && type.types.every((member) => has(member, ts.TypeFlags.StringLike));
}

function isUnion(type: ts.Type): type is ts.UnionType {
  return type.isUnion();
}

function isUndefined(type: ts.Type): boolean {
  return has(type, ts.TypeFlags.Undefined);
}

function has(type: ts.Type, flags: ts.TypeFlags): boolean {
  return (type.flags & flags) !== 0;
}
