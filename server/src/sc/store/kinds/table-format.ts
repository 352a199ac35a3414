// TableFormat objects in metadata files.
import type { TableFormatColumnConfig, TableFormatSpec, TableFormatStatus } from "@smdk/protocol";
import { fields, flag, list, nullable, type Shape, text, word } from "../shape.ts";
import { isNull } from "./common.ts";

const upper = (value: string): string => value.toUpperCase();
const color = word(["Blue", "Yellow", "Green"] as const, upper);

const column: Shape<TableFormatColumnConfig> = fields({
  headerLabel: { shape: nullable(text) },
  width: { shape: nullable(text) },
  alignment: { shape: nullable(word(["Left", "Right", "Center"] as const, upper)) },
  keyPath: { shape: text },
  format: { shape: nullable(text) },
  display: { shape: nullable(flag) },
  primaryKey: { shape: nullable(flag) },
  headerBgColor: { shape: nullable(color) },
  headerTextColor: { shape: nullable(color) },
});

export const tableFormatSpec: Shape<TableFormatSpec> = fields({
  name: { shape: text },
  inputFormat: { shape: nullable(word(["JSON"])) },
  columns: { shape: nullable(list(column)) },
  smartmodule: { shape: nullable(text), omit: isNull },
});

export const tableFormatStatus: Shape<TableFormatStatus> = fields({
  resolution: { shape: word(["Init", "Invalid", "Running", "Pending", "Failed"]) },
  reason: { shape: nullable(text) },
});
