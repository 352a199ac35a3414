// Finds the files that a source imports: the project's own, those of packages in node_modules, and the library.

import { readFileSync } from "node:fs";
import path from "node:path";
import type { LibraryFiles } from "./library.ts";

/**
 * Reads a text by absolute path; null when there is no such file. Not a promise: the compiler keeps state
 * outside of its program, so that two builds must never take turns.
 */
export type ReadFile = (path: string) => string | null;

export interface ResolvedFile {
  readonly text: string;
  /** Path as the compiler is to know it: relative to the project, or starting with `~lib/`. */
  readonly path: string;
}

const LIB = "~lib/";

/** One build's view of the file system. */
export class ModuleResolver {
  /** Files of the user's that were read, relative to the project. */
  readonly files: string[] = [];
  /** Files of npm packages that were read, absolute. */
  readonly packageFiles: string[] = [];
  readonly #projectDir: string;
  readonly #library: LibraryFiles;
  readonly #readFile: ReadFile;
  /** Folder on disk of each package source, by its `~lib/` path without `.ts`. */
  readonly #packageFolders = new Map<string, string>();

  constructor(projectDir: string, library: LibraryFiles, readFile: ReadFile = readTextFile) {
    this.#projectDir = path.resolve(projectDir);
    this.#library = library;
    this.#readFile = readFile;
  }

  /** The entry file's text, or null. */
  readEntry(entry: string): string | null {
    return this.#readOwn(entry);
  }

  /**
   * The source behind an internal path (no `.ts`): `src/util`, `~lib/array`, `~lib/some-package`.
   * `dependee` is the internal path of the file that imports it. Null when there is none.
   */
  resolve(internal: string, dependee: string | null): ResolvedFile | null {
    if (!internal.startsWith(LIB)) {
      for (const candidate of [`${internal}.ts`, `${internal}/index.ts`]) {
        const text = this.#readOwn(candidate);
        if (text !== null) return { text, path: candidate };
      }
      return null;
    }
    const name = internal.slice(LIB.length);
    for (const candidate of [name, `${name}/index`]) {
      const text = this.#library.get(candidate);
      if (text !== undefined) return { text, path: `${LIB}${candidate}.ts` };
    }
    return this.#resolvePackage(name, dependee);
  }

  #resolvePackage(name: string, dependee: string | null): ResolvedFile | null {
    const match = /^((?:@[^/]+\/)?[^/]+)(?:\/(.+))?$/.exec(name);
    if (match === null) return null;
    const [, packageName = "", inside = "index"] = match;
    const from = (dependee !== null && this.#packageFolders.get(dependee)) || this.#projectDir;
    for (let folder = from; ; folder = path.dirname(folder)) {
      const root = path.join(folder, "node_modules", packageName);
      for (const file of [inside, `${inside}/index`]) {
        const found = path.join(root, `${file}.ts`);
        const text = this.#readFile(found);
        if (text !== null) {
          this.packageFiles.push(found);
          const internal = `${LIB}${packageName}/${file}`;
          this.#packageFolders.set(internal, root);
          return { text, path: `${internal}.ts` };
        }
      }
      if (path.dirname(folder) === folder) return null;
    }
  }

  #readOwn(file: string): string | null {
    const text = this.#readFile(path.resolve(this.#projectDir, file));
    if (text !== null) this.files.push(file);
    return text;
  }
}

function readTextFile(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
