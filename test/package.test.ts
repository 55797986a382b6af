/** The package as npm sees it: what it exports, what it ships, what it asks for. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

describe("package.json", () => {
  it("exports every room, as scripts/exports.js writes it", () => {
    const wanted = execFileSync(process.execPath, [join(ROOT, "scripts/exports.js"), "--print"], {
      encoding: "utf8",
    });
    expect(manifest.exports, "run npm run exports").toEqual(JSON.parse(wanted));
    for (const target of Object.values<string | { types: string; default: string }>(manifest.exports)) {
      if (typeof target === "string") continue;
      expect(Object.keys(target)).toEqual(["types", "default"]);
      const source = target.default.replace("./dist/", "src/").replace(/\.js$/, ".ts");
      expect(existsSync(join(ROOT, source)), source).toBe(true);
    }
  });

  it("runs no script at installation, and pins the runtime", () => {
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) {
      expect(manifest.scripts).not.toHaveProperty(name);
    }
    expect(readFileSync(join(ROOT, ".npmrc"), "utf8")).toContain("ignore-scripts=true");
    expect(manifest.dependencies["onnxruntime-node"]).toMatch(/^\d/);
  });

  it("has a lock file that npm ci takes on every platform", () => {
    const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
    const missing = Object.values<{ optionalDependencies?: Record<string, string> }>(lock.packages)
      .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
      .filter((name) => !Object.keys(lock.packages).some((key) => key.endsWith(`node_modules/${name}`)));
    expect(missing, "run node scripts/complete-lock.js").toEqual([]);
    const { dependencies, devDependencies, optionalDependencies, engines, bin } = lock.packages[""];
    expect({ dependencies, devDependencies, optionalDependencies, engines, bin }).toEqual({
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
      optionalDependencies: manifest.optionalDependencies,
      engines: manifest.engines,
      bin: manifest.bin,
    });
  });

  it("asks for no package that is nowhere used at run time", () => {
    const listed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    const sources = execFileSync(
      "git",
      ["grep", "-hoE", "(from|import\\(|resolve\\() ?[\"'][^\"']+[\"']", "--", "src"],
      {
        cwd: ROOT,
        encoding: "utf8",
      },
    );
    const unused = listed.filter((name) => !sources.includes(`"${name}`));
    // Both hold data only; they are found by their folder.
    expect(unused.filter((name) => !["mnist", "vega-datasets"].includes(name))).toEqual([]);
  });
});

describe("what is shipped", () => {
  let files: string[] = [];
  beforeAll(() => {
    execFileSync(process.execPath, [join(ROOT, "bin/morph.js"), "--version"]);
    const out = execFileSync("npm", ["pack", "--dry-run", "--json"], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [pack] = Object.values<{ files: { path: string }[] }>(JSON.parse(out));
    files = (pack?.files ?? []).map(({ path }) => path);
  });

  it("is the compiled code, the binary and recorded reproductions, without tests, sources or build scripts", () => {
    expect(files).toContain("bin/morph.js");
    expect(files).toContain("dist/cli/main.js");
    const strange = files.filter(
      (path) =>
        !/^(bin\/morph\.js|dist\/.+\.(js|d\.ts|proto|html|css|json|py)|reproductions\/\d{3}\.json|package\.json|README\.md|LICENSE)$/.test(
          path,
        ),
    );
    expect(strange).toEqual([]);
    expect(files.filter((path) => path.includes(".test."))).toEqual([]);
  });
});
