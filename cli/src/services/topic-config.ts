/** The YAML file of `topic create --config`. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { CliError, fileErrorText } from "../errors.ts";

const size = z.union([z.string(), z.number().int().nonnegative().transform(String)]);

const schema = z.object({
  version: z.string().optional(),
  meta: z.object({ name: z.string().min(1) }),
  partition: z
    .object({
      count: z.number().int().positive().optional(),
      "max-size": size.optional(),
      replication: z.number().int().positive().optional(),
      "ignore-rack-assignment": z.boolean().optional(),
      maps: z.array(z.object({ id: z.number().int(), replicas: z.array(z.number().int()) })).optional(),
    })
    .optional(),
  retention: z.object({ time: z.string().optional(), "segment-size": size.optional() }).optional(),
  compression: z
    .object({ type: z.enum(["Any", "None", "Gzip", "Snappy", "Lz4", "Zstd"]).optional() })
    .optional(),
  deduplication: z
    .object({
      bounds: z.object({ count: z.number().int().nonnegative(), age: z.string().optional() }),
      filter: z.object({
        transform: z.object({ uses: z.string(), with: z.record(z.string(), z.string()).optional() }),
      }),
    })
    .optional(),
});

export type TopicConfigFile = z.infer<typeof schema>;

/** Reads and checks the file; keys it does not know are ignored, as upstream does. */
export async function readTopicConfig(path: string): Promise<TopicConfigFile> {
  return await readYaml(path, schema, "topic configuration");
}

/** A YAML file that must fit a schema; every complaint names the file and the place in it. */
export async function readYaml<T>(path: string, shape: z.ZodType<T>, what: string): Promise<T> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new CliError("config", `reading ${what} ${path}: ${fileErrorText(error)}`, {
      hint: "check the path",
      code: "SMDK_CLI_FILE",
    });
  });
  const { parse, YAMLParseError } = await import("yaml");
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    const at = error instanceof YAMLParseError ? error.linePos?.[0] : undefined;
    throw new CliError(
      "config",
      `${what} ${path} is no valid YAML: ${(error as Error).message.split("\n")[0]}`,
      {
        location: at && { file: path, line: at.line, column: at.col },
      },
    );
  }
  const checked = shape.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const where = issue?.path.join(".") || "the top level";
  throw new CliError("config", `${what} ${path}: ${where}: ${issue?.message ?? "does not fit"}`, {
    hint: "correct that key in the file",
  });
}
