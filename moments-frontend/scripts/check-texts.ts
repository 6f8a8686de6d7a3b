/** Lint of the interface texts: hard-coded ones, unknown, unused and untranslated keys, and wrong placeholders.
 *
 * Run by `npm run check`. See "Interface texts" in docs/development.md. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { firstLoad, type Source } from "./first-load.ts";

/** Folders and files of src/ whose texts are not in the catalogue yet. */
const NOT_CONVERTED: readonly string[] = [];

/** Attributes, props and fields of objects whose value is displayed or read out. */
const TEXT_NAMES = new Set(
  (
    "alt aria-description aria-label aria-roledescription aria-valuetext confirm description detail " +
    "errorMessage heading hint label message placeholder submit text title tooltip"
  ).split(" "),
);
/** Functions whose text arguments are displayed. */
const TEXT_FUNCTIONS = new Set(["toast", "toastError", "useDocumentTitle", "setError"]);
/** Names that are the same in every language, and words of protocols. */
const NAMES = new Set([
  "VideoMoments",
  "make demo",
  "make migrate",
  "Files",
  "Bearer",
  "Sorenson Spark",
  "ProRes",
  "Motion JPEG",
  "Theora",
  "Opus",
  "Vorbis",
]);
/** Names of keys; those that differ between languages are translated by `ShortcutList`. */
const KEY =
  /^(Arrow\p{L}+|Enter|Esc|Escape|Ctrl|Shift|Space|Home|End|Tab|PageUp|PageDown|Delete|Backspace)$/u;

const PLURAL = /_(zero|one|two|few|many|other)$/;
const SENTENCE = /^\p{Lu}\p{L}*(,? \p{L}|….?$|[,:]? $)/u;
/** A capitalised word, or three words and more: displayed if it is the result of something. */
const PHRASE = /^(\p{Lu}\p{Ll}{2,}|\p{L}[\p{L}’]*,?( \p{L}[\p{L}’]*,?){2,}( $|[.…]?$))/u;

/** Texts by key, such as `library.count_one`. */
export type Texts = Readonly<Record<string, string>>;

/** Return the problems of sources and catalogues as lines of text. */
export function checkTexts(
  sources: readonly Source[],
  english: Texts,
  translations: Readonly<Record<string, Texts>>,
  notConverted: readonly string[] = [],
): string[] {
  const used: RegExp[] = [];
  const problems = sources.flatMap((source) => {
    const isConverted = !notConverted.some((name) => `${source.path}/`.startsWith(`${name}/`));
    return checkSource(source, english, isConverted, used);
  });
  for (const key of Object.keys(english)) {
    const base = key.replace(PLURAL, "");
    if (!used.some((pattern) => pattern.test(base))) problems.push(`en: ${key} is not used`);
    if (base !== key && !(`${base}_other` in english))
      problems.push(`en: ${base} has no plural form "other"`);
  }
  for (const [language, texts] of Object.entries(translations)) {
    problems.push(...checkTranslation(language, texts, english));
  }
  return problems;
}

/** Return the texts that the first load displays, but does not contain. */
export function checkFirstLoad(sources: readonly Source[], features: readonly string[]): string[] {
  return firstLoad(sources).flatMap(({ path, text }) => {
    const used = [...text.matchAll(/\b(?:t|rich)\(\s*"(\w+)\.\w+"/g)].map(([, feature]) => feature ?? "");
    const missing = [...new Set(used)].filter((feature) => !features.includes(feature));
    return missing.map((feature) => `src/${path}: ${feature} is not in src/i18n/en/first.ts`);
  });
}

function checkTranslation(language: string, texts: Texts, english: Texts): string[] {
  const problems = Object.keys(english)
    .filter((key) => !(key in texts))
    .map((key) => `${language}: ${key} is missing`);
  for (const [key, text] of Object.entries(texts)) {
    const original = english[key];
    if (original === undefined) problems.push(`${language}: ${key} is not an English key`);
    else if (placeholders(text).join() !== placeholders(original).join() && !PLURAL.test(key)) {
      problems.push(`${language}: ${key} has other placeholders than the English text`);
    }
  }
  return problems;
}

function placeholders(text: string): string[] {
  return [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? ""))].sort();
}

/** Return the problems of one file, and add patterns of the keys that it uses. */
function checkSource({ path, text }: Source, english: Texts, isConverted: boolean, used: RegExp[]): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const problems: string[] = [];
  const report = (node: ts.Node, problem: string) => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    problems.push(`src/${path}:${line + 1}: ${problem}`);
  };
  const hardCoded = (node: ts.Node, value: string) =>
    report(node, `hard-coded text ${JSON.stringify(value.trim())}; use t()`);
  const visit = (node: ts.Node): void => {
    const key = keyPattern(node);
    if (key !== null) used.push(key);
    if (ts.isCallExpression(node)) {
      const problem = callProblem(node, english);
      if (problem !== null) report(node, problem);
    }
    if (isConverted) for (const [where, value] of displayedTexts(node)) hardCoded(where, value);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...new Set(problems)];
}

/** Return a pattern of the keys that a string or template can be; null for other nodes. */
function keyPattern(node: ts.Node): RegExp | null {
  if (ts.isStringLiteralLike(node)) {
    return /^\w+\.\w+$/.test(node.text) ? new RegExp(`^${node.text.replace(".", "\\.")}$`) : null;
  }
  if (!ts.isTemplateExpression(node) || !/^\w+\./.test(node.head.text)) return null;
  const parts = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
  if (!parts.every((part) => /^[\w.]*$/.test(part))) return null;
  return new RegExp(`^${parts.map((part) => part.replaceAll(".", "\\.")).join("\\w+")}$`);
}

/** Return what is wrong with a call of `t` or `rich`; null for correct ones and other calls. */
function callProblem(call: ts.CallExpression, english: Texts): string | null {
  if (!ts.isIdentifier(call.expression) || !["t", "rich"].includes(call.expression.text)) return null;
  if (ts.findAncestor(call, ts.isFunctionLike) === undefined) {
    return "t() outside a function is called before the language is loaded; store the key instead";
  }
  const [key, values] = call.arguments;
  if (key === undefined || !ts.isStringLiteralLike(key)) return null;
  const text = english[key.text] ?? english[`${key.text}_other`];
  if (text === undefined) return `unknown key ${key.text}`;
  if (values !== undefined && !ts.isObjectLiteralExpression(values)) return null;
  const properties = values?.properties ?? [];
  if (properties.some(ts.isSpreadAssignment)) return null;
  const given = new Set(properties.map((property) => property.name?.getText()));
  const missing = placeholders(text).filter((name) => !given.has(name));
  return missing.length > 0 ? `${key.text} needs ${missing.join(", ")}` : null;
}

/** Yield the hard-coded texts that a node displays. */
function* displayedTexts(node: ts.Node): Generator<[ts.Node, string]> {
  if (ts.isJsxText(node)) {
    if (isText(node.text)) yield [node, node.text];
  } else if (ts.isJsxAttribute(node)) {
    if (node.initializer && TEXT_NAMES.has(node.name.getText())) yield* literals(node.initializer);
  } else if (ts.isJsxExpression(node)) {
    if (!ts.isJsxAttribute(node.parent) && node.expression) yield* literals(node.expression);
  } else if (ts.isPropertyAssignment(node)) {
    const isNamed = TEXT_NAMES.has(node.name.getText().replaceAll('"', ""));
    // A single word in lower case is a value, as of a discriminated union.
    if (isNamed && !/^"[a-z-]+"$/.test(node.initializer.getText())) yield* literals(node.initializer);
  } else if (ts.isCallExpression(node)) {
    if (ts.isIdentifier(node.expression) && TEXT_FUNCTIONS.has(node.expression.text)) {
      for (const argument of node.arguments) yield* literals(argument);
    }
  } else if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
    const value = ts.isTemplateExpression(node) ? node.head.text : node.text;
    const isDisplayed = SENTENCE.test(value) || (PHRASE.test(value) && isResult(node));
    if (isDisplayed && isText(value) && !isInternal(node) && !ts.isJsxAttribute(node.parent))
      yield [node, value];
  }
}

/** Yield the texts that an expression can have as its value. */
function* literals(node: ts.Node): Generator<[ts.Node, string]> {
  if (ts.isStringLiteralLike(node)) {
    if (isText(node.text)) yield [node, node.text];
  } else if (ts.isTemplateExpression(node)) {
    const text = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join("{}");
    if (isText(text)) yield [node, text];
  } else if (ts.isConditionalExpression(node)) {
    yield* literals(node.whenTrue);
    yield* literals(node.whenFalse);
  } else if (ts.isBinaryExpression(node)) {
    const isCondition = node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
    const isValue =
      isCondition || [ts.SyntaxKind.PlusToken, ts.SyntaxKind.BarBarToken].includes(node.operatorToken.kind);
    if (isValue || node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) {
      if (!isCondition) yield* literals(node.left);
      yield* literals(node.right);
    }
  } else if (ts.isJsxExpression(node) || ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) {
    if (node.expression) yield* literals(node.expression);
  }
}

/** Whether a text has words of a language; units such as `×` and single letters have none, keys are not displayed. */
function isText(text: string): boolean {
  const isName =
    NAMES.has(text.trim()) ||
    KEY.test(text) ||
    /^(https?:|make \w+$)/.test(text) ||
    /^[a-z]\w*\.\w+$/.test(text);
  return /\p{L}{2}/u.test(text) && !isName;
}

/** Whether a string is a value of an object or array, or what a function or condition returns. */
function isResult(node: ts.Node): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAssignment(parent) && parent.initializer === node) ||
    ts.isArrayLiteralExpression(parent) ||
    ts.isReturnStatement(parent) ||
    ts.isConditionalExpression(parent) ||
    ts.isArrowFunction(parent)
  );
}

/** Whether a sentence is meant for developers: an exception, an import, or a type. */
function isInternal(node: ts.Node): boolean {
  return ts.findAncestor(node, (parent) => ts.isNewExpression(parent) || ts.isTypeNode(parent)) !== undefined;
}

function readCatalogue(folder: string): Texts {
  const texts: Record<string, string> = {};
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".json"))) {
    const entries: Record<string, string> = JSON.parse(readFileSync(join(folder, name), "utf8"));
    for (const [key, text] of Object.entries(entries)) texts[`${name.slice(0, -5)}.${key}`] = text;
  }
  return texts;
}

function readSources(root: string): Source[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.d|\.test|\.fixture)\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes(join("src", "i18n")))
    .map((path) => ({ path: relative(root, path).replaceAll("\\", "/"), text: readFileSync(path, "utf8") }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), "../src");
  const [english, german] = ["en", "de"].map((name) => readCatalogue(join(root, "i18n", name)));
  const sources = readSources(root);
  const first = readFileSync(join(root, "i18n/en/first.ts"), "utf8").matchAll(/^import (\w+)/gm);
  const problems = [
    ...checkTexts(sources, english ?? {}, { de: german ?? {} }, NOT_CONVERTED),
    ...checkFirstLoad(
      sources,
      [...first].map(([, feature]) => feature ?? ""),
    ),
  ];
  // Until every folder is converted, texts are added before their use and their translation.
  const isError = (problem: string) =>
    NOT_CONVERTED.length === 0 || !/^de: .* is missing$|is not used$/.test(problem);
  for (const problem of problems) process.stderr.write(`${isError(problem) ? "" : "warning: "}${problem}\n`);
  if (problems.some(isError)) process.exitCode = 1;
}
