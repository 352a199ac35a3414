/** Table format: how a client shows JSON records as a table. */
import { bool, enumOf, type Infer, list, option, string, struct } from "../codec/index.ts";

export const DataFormat = enumOf("DataFormat", { JSON: 0 });
export type DataFormat = Infer<typeof DataFormat>;

export const TableFormatAlignment = enumOf("TableFormatAlignment", { Left: 0, Right: 1, Center: 2 });
export type TableFormatAlignment = Infer<typeof TableFormatAlignment>;

export const TableFormatColor = enumOf("TableFormatColor", { Blue: 0, Yellow: 1, Green: 2 });
export type TableFormatColor = Infer<typeof TableFormatColor>;

export const TableFormatColumnConfig = struct("TableFormatColumnConfig", {
  headerLabel: option(string()),
  width: option(string()),
  alignment: option(TableFormatAlignment),
  keyPath: string(),
  format: option(string()),
  display: option(bool()),
  primaryKey: option(bool()),
  headerBgColor: option(TableFormatColor),
  headerTextColor: option(TableFormatColor),
});
export type TableFormatColumnConfig = Infer<typeof TableFormatColumnConfig>;

export const TableFormatSpec = struct("TableFormatSpec", {
  name: string(),
  inputFormat: option(DataFormat),
  columns: option(list(TableFormatColumnConfig)),
  smartmodule: option(string()),
});
export type TableFormatSpec = Infer<typeof TableFormatSpec>;

export const TableFormatStatusResolution = enumOf("TableFormatStatusResolution", {
  Init: 0,
  Invalid: 1,
  Running: 2,
  Pending: 3,
  Failed: 4,
});
export type TableFormatStatusResolution = Infer<typeof TableFormatStatusResolution>;

export const TableFormatStatus = struct("TableFormatStatus", {
  resolution: TableFormatStatusResolution,
  reason: option(string()),
});
export type TableFormatStatus = Infer<typeof TableFormatStatus>;
