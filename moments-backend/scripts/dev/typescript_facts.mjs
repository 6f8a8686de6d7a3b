// Prints the facts of TypeScript files as JSON: `typescript_facts.mjs FRONTEND < list of files`.
// The compiler is the front end's own, so that the syntax is always the one in use.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const ts = createRequire(join(process.argv[2], "package.json"))("typescript");
const files = readFileSync(0, "utf8").split("\n").filter(Boolean);
process.stdout.write(JSON.stringify(files.map(factsOf)));

function factsOf(file) {
  const code = readFileSync(file, "utf8");
  const kind = file.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true, kind);
  const facts = { lines: code.split("\n").length - 1, texts: [], functions: [], definitions: [] };
  const context = { facts, source, code, comments: new Set(), isTest: file.includes(".test.") };
  visit(source, context);
  return facts;
}

function visit(node, context) {
  addComments(node, context);
  addText(node, context);
  addFunction(node, context);
  addDefinition(node, context);
  for (const child of node.getChildren(context.source)) visit(child, context);
}

function lineOf(position, { source }) {
  return source.getLineAndCharacterOfPosition(position).line + 1;
}

function addComments(node, context) {
  // In the text of an element `//` begins no comment.
  if (!ts.isTokenKind(node.kind) || ts.isJsxText(node)) return;
  const { code, comments, facts } = context;
  const start = node.getFullStart();
  const ranges = [
    ...(ts.getTrailingCommentRanges(code, start) ?? []),
    ...(ts.getLeadingCommentRanges(code, start) ?? []),
  ];
  for (const { pos, end } of ranges) {
    if (comments.has(pos)) continue;
    comments.add(pos);
    const text = code.slice(pos, end);
    if (/^\/\/ (biome-ignore|@ts-)/.test(text)) continue;
    const [line, previous] = [lineOf(pos, context), facts.texts.at(-1)];
    const joins = text.startsWith("//") && previous?.text.startsWith("//");
    if (joins && previous.line + previous.text.split("\n").length === line) previous.text += `\n${text}`;
    else facts.texts.push({ line, kind: text.startsWith("/**") ? "docstring" : "comment", text });
  }
}

function addText(node, context) {
  const text = textOf(node);
  if (!text?.trim()) return;
  const isName = isTestName(node);
  if (context.isTest ? !isName : !isProse(text, node)) return;
  const start = ts.isJsxText(node) ? node.pos + text.search(/\S/) : node.getStart(context.source);
  context.facts.texts.push({
    line: lineOf(start, context),
    kind: isName ? "test name" : "message",
    text: text.trim(),
  });
}

function textOf(node) {
  if (ts.isJsxText(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map((span) => `{}${span.literal.text}`).join("");
  }
  return ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) ? node.text : undefined;
}

function isProse(text, node) {
  const { parent } = node;
  if (ts.isJsxText(node)) return true;
  if (ts.isLiteralTypeNode(parent) || ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return false;
  if (ts.isJsxAttribute(parent) && parent.name.getText() === "className") return false;
  return /\w\W*\s\W*\w/.test(text) || /^[A-Z][a-z]+$/.test(text);
}

function isTestName(node) {
  const call = node.parent;
  if (!call || !ts.isCallExpression(call) || call.arguments[0] !== node) return false;
  return /^(it|test|describe)\b/.test(call.expression.getText());
}

function addFunction(node, context) {
  if (!ts.isFunctionLike(node) || !node.body) return;
  const [first, last] = [lineOf(node.getStart(context.source), context), lineOf(node.end, context)];
  const name = node.name?.getText() ?? node.parent?.name?.getText() ?? "(anonymous)";
  context.facts.functions.push({ line: first, name, length: last - first + 1 });
}

function addDefinition(node, { facts }) {
  const name = node.name && ts.isIdentifier(node.name) ? node.name.text : undefined;
  if (!name) return;
  const owner = node.parent;
  if (ts.isClassElement(node) || ts.isTypeElement(node)) {
    if (owner.name) facts.definitions.push(`${owner.name.getText()}.${name}`);
  } else if (ts.isVariableDeclaration(node) ? ts.isSourceFile(owner.parent.parent) : ts.isDeclarationStatement?.(node)) {
    facts.definitions.push(name);
  } else if (owner && ts.isSourceFile(owner) && !ts.isImportDeclaration(node)) {
    facts.definitions.push(name);
  }
}
