/** The arrows between the rooms point one way, as docs/architecture.md lists them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Each package and the packages of ours that it may import. */
const allowed: Record<string, { dir: string; may: string[] }> = {
  "@smdk/protocol": { dir: "sdk/protocol", may: [] },
  "@smdk/assemblyscript": { dir: "sdk/assemblyscript", may: [] },
  "@smdk/javascript": { dir: "sdk/javascript", may: [] },
  "@smdk/templates": { dir: "templates", may: [] },
  "@smdk/compiler": { dir: "sdk/compiler", may: ["@smdk/assemblyscript", "@smdk/javascript"] },
  "@smdk/client": { dir: "sdk/client", may: ["@smdk/protocol"] },
  "@smdk/packages": { dir: "sdk/packages", may: [] },
  "@smdk/runtime": { dir: "runtime", may: ["@smdk/protocol"] },
  "@smdk/server": { dir: "server", may: ["@smdk/protocol", "@smdk/packages", "@smdk/runtime"] },
  "@smdk/testing": {
    dir: "sdk/testing",
    may: ["@smdk/protocol", "@smdk/runtime", "@smdk/compiler", "@smdk/client", "@smdk/server"],
  },
  smdk: {
    dir: "cli",
    may: [
      "@smdk/protocol",
      "@smdk/assemblyscript",
      "@smdk/templates",
      "@smdk/compiler",
      "@smdk/client",
      "@smdk/packages",
      "@smdk/runtime",
      "@smdk/server",
      "@smdk/testing",
    ],
  },
};

const importPattern = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["']([^"']+)["']/g;

function sources(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) return name === "node_modules" || name === "dist" ? [] : sources(path);
    return /\.[cm]?[jt]s$/.test(name) ? [path] : [];
  });
}

function importsOf(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(importPattern)].map((match) => match[1] ?? "");
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
}

describe.each(Object.entries(allowed))("%s", (name, { dir, may }) => {
  const files = sources(join(root, dir, "src"));

  test("imports only the packages below it", () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .map(packageOf)
        .filter((target) => target in allowed && target !== name && !may.includes(target))
        .map((target) => `${relative(root, file)} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("reaches into no other package by path", () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith("."))
        .filter((target) => relative(join(root, dir), join(dirname(file), target)).startsWith(".."))
        .map((target) => `${relative(root, file)} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("declares what it imports", () => {
    const manifest = JSON.parse(readFileSync(join(root, dir, "package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
      peerDependencies?: Record<string, string>;
      optionalDependencies?: Record<string, string>;
    };
    const declared = {
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies,
    };
    const wrong = files
      .filter((file) => !file.endsWith(".d.ts"))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => /^(@[a-z]|[a-z])/.test(target) && !target.startsWith("node:"))
          .map(packageOf)
          .filter((target) => target !== name && !(target in declared))
          .map((target) => `${relative(root, file)} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });
});

describe("the server's four doors", () => {
  const server = join(root, "server/src");
  const outside = sources(server).filter((file) => !relative(server, file).startsWith("env/"));
  const forbidden: [RegExp, string][] = [
    [/from "node:(fs|fs\/promises|net|tls|dgram|http|timers|timers\/promises)"/, "imports a door's module"],
    [/\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, "reads the clock"],
    [/\bMath\.random\(|\brandomBytes\(|\brandomUUID\(/, "draws chance"],
    [/(?<![.\w])set(Timeout|Interval|Immediate)\(/, "sets a timer"],
  ];

  test("time, chance, disk and network are reached through server/src/env only", () => {
    const wrong = outside.flatMap((file) => {
      const text = readFileSync(file, "utf8");
      return forbidden
        .filter(([pattern]) => pattern.test(text))
        .map(([, what]) => `${relative(root, file)} ${what}`);
    });
    expect(wrong).toEqual([]);
  });
});
