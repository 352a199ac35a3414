/** The answer to Create, Delete and Update. */
import { type Infer, option, string, struct } from "../../codec/index.ts";
import { ErrorCode } from "../../error-code.ts";

/** Success is error code None; `name` is that of the object, or a fixed text where the request had no usable type. */
export const Status = struct("Status", {
  name: string(),
  errorCode: ErrorCode,
  errorMessage: option(string()),
});
export type Status = Infer<typeof Status>;
