/** Import directions of src/: app, pages, features, ui, api, lib. A layer imports only those after it. */

const inFolder = (...names) => `^src/(${names.join("|")})/`;

export default {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Modules in a cycle can be neither understood nor tested one at a time.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "app-is-the-root",
      comment: "app/ composes everything; whatever it shares belongs to pages/ or lib/.",
      severity: "error",
      from: { path: inFolder("pages", "features", "ui", "api", "lib") },
      to: { path: inFolder("app") },
    },
    {
      name: "pages-are-for-app",
      comment: "Pages combine features, so a feature that imports a page would depend on the others.",
      severity: "error",
      from: { path: inFolder("features", "ui", "api", "lib") },
      to: { path: inFolder("pages") },
    },
    {
      name: "features-are-independent",
      comment: "A feature can be changed or removed without reading another; pages connect them by props.",
      severity: "error",
      from: { path: "^src/features/([^/]+)/" },
      to: { path: inFolder("features"), pathNot: "^src/features/$1/" },
    },
    {
      name: "shared-code-knows-no-feature",
      comment: "ui/, api/ and lib/ serve every feature.",
      severity: "error",
      from: { path: inFolder("ui", "api", "lib") },
      to: { path: inFolder("features") },
    },
    {
      name: "ui-knows-no-videos",
      comment: "Controls are generic; they display any API error, and need nothing else of the API.",
      severity: "error",
      from: { path: inFolder("ui") },
      to: { path: inFolder("api"), pathNot: "^src/api/errors\\.ts$" },
    },
    {
      name: "api-renders-nothing",
      comment: "Data access has no opinion on how data is displayed.",
      severity: "error",
      from: { path: inFolder("api") },
      to: { path: inFolder("ui") },
    },
    {
      name: "lib-is-the-base",
      comment: "lib/ could be a package of its own.",
      severity: "error",
      from: { path: inFolder("lib") },
      to: { path: inFolder("ui", "api") },
    },
    {
      name: "i18n-is-the-base",
      comment: "Every layer displays texts, so the catalogue depends on none of them.",
      severity: "error",
      from: { path: inFolder("i18n") },
      to: { path: inFolder("app", "pages", "features", "ui", "api") },
    },
    {
      name: "no-unresolved",
      comment: "The rules above see only imports that resolve to a file.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-orphans",
      comment: "Modules that nothing imports are dead code.",
      severity: "error",
      from: { orphan: true, pathNot: "\\.d\\.ts$" },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true, // type-only imports count
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "default"] },
  },
};
