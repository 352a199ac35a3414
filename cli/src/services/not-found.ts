/** Failures for objects that a cluster does not have. */
import { CliError } from "../errors.ts";

export function tableFormatNotFound(name: string): CliError {
  return new CliError("failed", `TableFormat not found: ${name}`, {
    code: "SMDK_CLI_TABLE_FORMAT_NOT_FOUND",
    hint: "smdk table-format list shows those there are",
  });
}
