import ts from "typescript";

/** A public name of the package, and what an editor says about it. */
export interface PublicName {
  /** The exported name, or that and its member: `Bucket.ls`. */
  readonly name: string;
  readonly documentation: string;
}

/**
 * Lists all that modules export, and the members of it that the package itself declares.
 *
 * @param files - The modules.
 * @param isOwn - Tells the package's own files from those of its dependencies.
 * @throws Error when a file is missing.
 */
export function listPublicNames(
  files: readonly string[],
  options: ts.CompilerOptions,
  isOwn: (file: string) => boolean,
): PublicName[] {
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  const documented = (symbol: ts.Symbol, name: string): PublicName => ({
    name,
    documentation: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
  });
  return files.flatMap((file) =>
    exportsOf(program, file).flatMap(({ name, target }) => [
      documented(target, name),
      ...membersOf(checker, target)
        .filter((member) => isPublic(member) && isDeclaredIn(member, isOwn))
        .map((member) => documented(member, `${name}.${member.name}`)),
    ]),
  );
}

function exportsOf(program: ts.Program, file: string): { name: string; target: ts.Symbol }[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} is not a module`);
  return checker.getExportsOfModule(module).map((symbol) => ({
    name: symbol.name,
    target: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  }));
}

/**
 * The members of a type and of the class behind it; of the wire's structures those that they consist of, too. The words
 * on a union explain what its types share.
 */
function membersOf(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol[] {
  const types = [checker.getDeclaredTypeOfSymbol(symbol)].filter((type) => !type.isUnion());
  if (symbol.flags & ts.SymbolFlags.Class) types.push(checker.getTypeOfSymbol(symbol));
  const members = types.flatMap((type) => checker.getPropertiesOfType(type));
  const structures = members
    .filter(({ name }) => name === "schemas")
    .flatMap((member) => partsOf(checker, member));
  return [...members, ...structures, ...structures.flatMap((structure) => partsOf(checker, structure))];
}

function partsOf(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol[] {
  const type = checker.getTypeOfSymbol(symbol);
  return type.flags & ts.TypeFlags.Object ? checker.getPropertiesOfType(type) : [];
}

const isPublic = ({ name }: ts.Symbol) => name !== "prototype" && !/^(?:#|__)/.test(name);

function isDeclaredIn(symbol: ts.Symbol, isOwn: (file: string) => boolean): boolean {
  return (symbol.declarations ?? []).some((declaration) => isOwn(declaration.getSourceFile().fileName));
}
