/** transforms.yaml and `--transforms-line`: the steps of a chain, in the form they are sent to a cluster. */
import { readFile } from "node:fs/promises";
import { CliError, fileErrorText, messageOf } from "../errors.ts";
import { parseDuration, type WireDuration } from "../values.ts";

/** One step of a chain. */
export interface TransformStep {
  /** Name or `group/name@version` of the module. */
  uses: string;
  params: Map<string, string>;
  lookback: { last: bigint; age: WireDuration | null } | null;
}

/** Reads a transforms file. */
export async function readTransforms(path: string): Promise<TransformStep[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new CliError("config", "unable to read transformation config", {
      causes: [`${path}: ${fileErrorText(error)}`],
      hint: "check the path given to --transforms",
    });
  });
  const { parse } = await import("yaml");
  try {
    const file = parse(text, { maxAliasCount: 100, intAsBigInt: true }) as unknown;
    if (!isMap(file) || !("transforms" in file)) throw new Error("missing field `transforms`");
    const steps = file["transforms"] ?? [];
    if (!Array.isArray(steps)) throw new Error("transforms: invalid type, expected a sequence");
    return steps.map((step, i) => toStep(step, `transforms[${i}]`));
  } catch (error) {
    throw new CliError("config", "unable to parse transformation config", {
      causes: [`${path}: ${messageOf(error).split("\n")[0]}`],
      hint: "a step is written as `- uses: my-module` with the keys `with` and `lookback` below it",
    });
  }
}

/** Reads steps given as JSON, one per flag. */
export async function parseTransformLines(lines: readonly string[]): Promise<TransformStep[]> {
  const { parse } = await import("yaml");
  return lines.map((line) => {
    try {
      JSON.parse(line);
      // Read once more as YAML, of which JSON is a part: that keeps whole numbers and floats apart.
      return toStep(parse(line, { intAsBigInt: true }), "step");
    } catch (error) {
      throw new CliError("config", "unable to parse `transform` argument", {
        causes: [messageOf(error)],
        hint: `--transforms-line '{"uses":"my-module","with":{"key":"value"}}'`,
      });
    }
  });
}

function toStep(value: unknown, where: string): TransformStep {
  if (!isMap(value)) throw new Error(`${where}: invalid type, expected a map`);
  const { uses, with: params = {}, lookback = null } = value;
  if (uses === undefined) throw new Error(`${where}: missing field \`uses\``);
  if (typeof uses !== "string" || uses === "") throw new Error(`${where}: uses must be a name`);
  if (params !== null && !isMap(params)) throw new Error(`${where}: with must be a map`);
  return {
    uses,
    params: new Map(
      Object.entries(params ?? {}).map(([key, item]) => [key, paramText(item, `${where}: with.${key}`)]),
    ),
    lookback: lookback === null ? null : toLookback(lookback, where),
  };
}

/** Strings stay; maps and sequences become compact JSON with sorted keys; numbers and the like must be quoted. */
function paramText(value: unknown, where: string): string {
  if (typeof value === "string") return value;
  if (value === null || typeof value !== "object") {
    const kind = typeof value === "boolean" ? "boolean" : value === null ? "unit value" : "number";
    throw new Error(
      `${where}: invalid type: ${kind} \`${String(value)}\`, expected str, string, sequence or map`,
    );
  }
  return compactJson(value);
}

/** JSON text with the keys of maps in order; integers keep all their digits, floats a point. */
function compactJson(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return floatText(value);
  if (Array.isArray(value)) return `[${value.map(compactJson).join(",")}]`;
  if (!isMap(value)) return JSON.stringify(value) ?? "null";
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${compactJson(value[key])}`);
  return `{${entries.join(",")}}`;
}

/** As Fluvio writes a float: whole ones with a point, large ones with an exponent. */
function floatText(value: number): string {
  if (!Number.isInteger(value)) return JSON.stringify(value).replace("e+", "e");
  return Math.abs(value) < 1e16 ? value.toFixed(1) : value.toExponential().replace("e+", "e");
}

function toLookback(value: unknown, where: string): { last: bigint; age: WireDuration | null } {
  if (!isMap(value)) throw new Error(`${where}: lookback must be a map`);
  const { last = 0n, age = null } = value;
  const isCount = typeof last === "bigint" || (typeof last === "number" && Number.isInteger(last));
  if (!isCount || BigInt(last) < 0n) throw new Error(`${where}: lookback.last must be a whole number`);
  if (age !== null && typeof age !== "string")
    throw new Error(`${where}: lookback.age must be a duration such as 30s`);
  return { last: BigInt(last), age: age === null ? null : parseDuration(age, "lookback.age") };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
