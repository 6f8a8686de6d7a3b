/** The modules of the first load: those that `main.tsx` imports, without dynamic imports. */

import { posix } from "node:path";
import ts from "typescript";

export interface Source {
  /** Path below src/. */
  path: string;
  text: string;
}

/** Return the sources of the first load. */
export function firstLoad(sources: readonly Source[]): Source[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const found = new Set<Source>();
  const add = (source: Source | undefined): void => {
    if (source === undefined || found.has(source)) return;
    found.add(source);
    for (const name of importedModules(source)) {
      const folder = name.startsWith("@/") ? "" : posix.dirname(source.path);
      const path = posix.join(folder, name.replace(/^@\//, ""));
      add(
        [".ts", ".tsx", "/index.ts"]
          .map((end) => byPath.get(path + end))
          .find((module) => module !== undefined),
      );
    }
  };
  add(byPath.get("main.tsx"));
  return [...found];
}

/** Return the modules of this app that a source imports, except for types. */
function importedModules({ path, text }: Source): string[] {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest).statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const isTypes = ts.isImportDeclaration(statement)
      ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : statement.isTypeOnly;
    const name = statement.moduleSpecifier;
    if (isTypes || name === undefined || !ts.isStringLiteral(name)) return [];
    return /^(@\/|\.)/.test(name.text) ? [name.text] : [];
  });
}
