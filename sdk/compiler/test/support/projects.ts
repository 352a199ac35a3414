// Projects in temporary folders.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export const MANIFEST = `params = []

[package]
name = "my-module"
group = "tests"
version = "0.1.0"
apiVersion = "0.1.0"
`;

export const FILTER = `import { Record } from "@smdk/assemblyscript";

export function filter(record: Record): bool {
  return record.value.includes("a");
}
`;

/** Makes projects and removes them again. */
export class Projects {
  readonly #dirs: string[] = [];

  /** A folder with these files: path to content. */
  make(files: Readonly<Record<string, string>>): string {
    const dir = mkdtempSync(path.join(tmpdir(), "smdk-project-"));
    this.#dirs.push(dir);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
      writeFileSync(path.join(dir, name), content);
    }
    return dir;
  }

  removeAll(): void {
    for (const dir of this.#dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
  }
}
