// Writes oclif.manifest.json, so that finding a command or showing help does not import every command.
import { renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Plugin } from "@oclif/core/config";

const root = fileURLToPath(new URL("..", import.meta.url));
const plugin = new Plugin({ errorOnManifestCreate: true, ignoreManifest: true, root, type: "core" });
await plugin.load();
const file = `${root}oclif.manifest.json`;
const temporary = `${file}.${process.pid}`;
writeFileSync(temporary, `${JSON.stringify(plugin.manifest)}\n`);
renameSync(temporary, file);
