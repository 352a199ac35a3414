/** The YAML file of `table-format create`. */
import type { TableFormatSpec } from "@smdk/protocol";
import { z } from "zod";
import { readYaml } from "./topic-config.ts";

const alignments = { LEFT: "Left", RIGHT: "Right", CENTER: "Center" } as const;
const colors = { BLUE: "Blue", YELLOW: "Yellow", GREEN: "Green" } as const;

const column = z.object({
  headerLabel: z.string().optional(),
  width: z.union([z.string(), z.number().transform(String)]).optional(),
  alignment: z.enum(["LEFT", "RIGHT", "CENTER"]).optional(),
  keyPath: z.string().min(1),
  format: z.string().optional(),
  display: z.boolean().optional(),
  primaryKey: z.boolean().optional(),
  headerTextColor: z.enum(["BLUE", "YELLOW", "GREEN"]).optional(),
  headerBgColor: z.enum(["BLUE", "YELLOW", "GREEN"]).optional(),
});

const schema = z.object({
  name: z.string().min(1),
  input_format: z.literal("JSON").optional(),
  columns: z.array(column).optional(),
  smartmodule: z.string().optional(),
});

/** Reads and checks the file. */
export async function readTableFormat(path: string): Promise<TableFormatSpec> {
  const {
    name,
    input_format: inputFormat,
    columns,
    smartmodule,
  } = await readYaml(path, schema, "table format");
  return {
    name,
    inputFormat: inputFormat ?? null,
    columns:
      columns?.map((given) => ({
        headerLabel: given.headerLabel ?? null,
        width: given.width ?? null,
        alignment: given.alignment ? alignments[given.alignment] : null,
        keyPath: given.keyPath,
        format: given.format ?? null,
        display: given.display ?? null,
        primaryKey: given.primaryKey ?? null,
        headerBgColor: given.headerBgColor ? colors[given.headerBgColor] : null,
        headerTextColor: given.headerTextColor ? colors[given.headerTextColor] : null,
      })) ?? null,
    smartmodule: smartmodule ?? null,
  };
}
