import type { ValidateFunction } from "ajv";

/** Whether a value fits order.schema.json; `errors` says what is wrong if not. */
export const validate: ValidateFunction;
