/** Negative return codes of guest functions and the texts they stand for. */

const UNKNOWN = "encountered unknown error during SmartModule processing";

const TRANSFORM: Readonly<Record<number, string>> = {
  [-11]: "failed to decode SmartModule base input",
  [-22]: "failed to decode SmartModule record input",
  [-33]: "failed to encode SmartModule output",
  [-44]: "failed to parse SmartModule extra params",
  [-55]: "undefined right record in Join SmartModule",
};

const INIT: Readonly<Record<number, string>> = {
  [-2]: "Error during initialization",
  [-10]: "failed to decode SmartModule init input",
  [-11]: "failed to encode SmartModule init output",
};

const LOOK_BACK: Readonly<Record<number, string>> = {
  [-66]: "failed to decode SmartModule look_back input",
  [-77]: "failed to decode SmartModule look_back record input",
  [-88]: "failed to encode SmartModule look_back output",
  [-99]: "Error returned from user look_back function call",
};

/** `init` returned an error of the user's code; the text is in the output. */
export const INIT_USER_ERROR = -2;
/** `look_back` returned an error of the user's code; the text is in the output. */
export const LOOK_BACK_USER_ERROR = -99;

export type GuestFunction = "transform" | "init" | "look_back";

/** The text of a negative code; codes nobody defined read as an unknown error. */
export function statusText(of: GuestFunction, code: number): string {
  const table = of === "transform" ? TRANSFORM : of === "init" ? INIT : LOOK_BACK;
  return table[code] ?? UNKNOWN;
}
