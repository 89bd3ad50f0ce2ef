// Bundles what runs in the browser into ivr/web/static/built.
//
//   src/pages/NAME.ts   -> NAME-HASH.js     one entry point for each page area
//   src/style/*.css     -> site-HASH.css    all of them, in the order of their names
//   fonts they name     -> NAME-HASH.woff2
//
// Names hold a hash of the content, so a browser may keep them for ever;
// manifest.json says which file "desk.js" or "site.css" is today. A page's own
// stylesheet (imported in NAME.ts) becomes NAME.css. Nothing is loaded from
// another host: an address with a host in it fails the build.
import { build } from "esbuild";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, "../static/built");
const draft = `${built}.new`;

function files(folder, ending) {
  const path = join(here, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith(ending) && !name.startsWith("."))
    .sort()
    .map((name) => `./${folder}/${name}`);
}

const noOtherHosts = {
  name: "no-other-hosts",
  setup(bundle) {
    bundle.onResolve({ filter: /^(https?:)?\/\// }, ({ path }) => ({
      errors: [{ text: `${path}: nothing may be loaded from another host` }],
    }));
  },
};

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  sourcemap: "linked",
  metafile: true,
  outdir: draft,
  entryNames: "[name]-[hash]",
  chunkNames: "shared-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file", ".svg": "file" },
  plugins: [noOtherHosts],
  logLevel: "warning",
  legalComments: "linked",
};

function named(metafile) {
  const found = {};
  for (const [path, output] of Object.entries(metafile.outputs)) {
    if (!output.entryPoint) continue;
    const stem = basename(output.entryPoint, extname(output.entryPoint));
    found[`${stem}${extname(path)}`] = basename(path);
    if (output.cssBundle) found[`${stem}.css`] = basename(output.cssBundle);
  }
  return found;
}

async function scripts() {
  const pages = files("src/pages", ".ts");
  if (pages.length === 0) return {};
  const { metafile } = await build({
    ...common,
    entryPoints: pages,
    format: "esm",
    splitting: true,
    target: ["chrome109", "firefox115", "safari16"],
    // htmx and jssip are written for old browsers too; this is what they ask for.
    define: { global: "globalThis" },
  });
  return named(metafile);
}

async function styles() {
  const contents = files("src/style", ".css")
    .map((file) => `@import "${file}";`)
    .join("\n");
  if (contents === "") return {};
  const { metafile } = await build({
    ...common,
    stdin: { contents, resolveDir: here, sourcefile: "site.css", loader: "css" },
    target: ["chrome109", "firefox115", "safari16"],
  });
  const made = Object.keys(metafile.outputs).find((path) => path.endsWith(".css"));
  const name = basename(made).replace(/^stdin/, "site");
  renameSync(join(draft, basename(made)), join(draft, name));
  const map = `${basename(made)}.map`;
  if (existsSync(join(draft, map))) rmSync(join(draft, map));
  return { "site.css": name };
}

// Made aside and put in place whole: a page never finds half a build.
rmSync(draft, { recursive: true, force: true });
mkdirSync(draft, { recursive: true });
const manifest = { ...(await scripts()), ...(await styles()) };
writeFileSync(join(draft, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
rmSync(built, { recursive: true, force: true });
renameSync(draft, built);
